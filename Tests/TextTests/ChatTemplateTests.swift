import Foundation
import Testing

@testable import Text

struct ChatTemplateTests {
  @Test func `the default system prompt comes from a string literal`() {
    let smollm2 = """
      {% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system\\n\
      You are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\\n' }}{% endif %}{{'<|im_start|>' + \
      message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n'}}{% endfor %}
      """
    let template = ChatTemplate.detect(chatTemplate: smollm2)
    #expect(template?.kind == .chatml)
    #expect(template?.defaultSystem == "You are a helpful AI assistant named SmolLM, trained by Hugging Face")
    #expect(template?.beginsWithBOS == false)
  }

  @Test func `the default system prompt is found beside headers without text`() {
    let qwen = """
      {%- if tools %}{{- '<|im_start|>system\\n' }}{{- messages[0]['content'] }}{{- "# Tools<|im_end|>\\n" }}{%- else %}
      {{- '<|im_start|>system\\n' + messages[0]['content'] + '<|im_end|>\\n' }}
      {{- '<|im_start|>system\\nYou\\'re Qwen, created by Alibaba Cloud. You are a helpful assistant.<|im_end|>\\n' }}
      """
    #expect(
      ChatTemplate.detect(chatTemplate: qwen)?.defaultSystem
        == "You're Qwen, created by Alibaba Cloud. You are a helpful assistant.")
  }

  @Test func `the default system prompt is found between blocks, but not in comments`() {
    let raw = "{# '<|im_start|>system\nNo.<|im_end|>' #}{% if x %}<|im_start|>system\nYou are.<|im_end|>\n{% endif %}"
    #expect(ChatTemplate.detect(chatTemplate: raw)?.defaultSystem == "You are.")
    let none = "{{ bos_token }}{{ '<|im_start|>' + role + '\\n' }}"
    #expect(
      ChatTemplate.detect(chatTemplate: none)
        == ChatTemplate(kind: .chatml, defaultSystem: nil, beginsWithBOS: true))
  }

  @Test func `Llama 3 and Vicuna are recognised by their headers`() {
    let llama = "{{ bos_token }}{{ '<|start_header_id|>' + role + '<|end_header_id|>\\n\\n' }}"
    #expect(
      ChatTemplate.detect(chatTemplate: llama) == ChatTemplate(kind: .llama3, defaultSystem: nil, beginsWithBOS: true))
    let bare = "{{ 'USER: ' + text }}{{ 'ASSISTANT:' }}"
    #expect(ChatTemplate.detect(chatTemplate: bare) == ChatTemplate(kind: .vicuna, defaultSystem: nil))
    let system = "{{ '\(ChatTemplate.vicunaSystem.replacing("'", with: "\\'")) ' }}" + bare
    #expect(ChatTemplate.detect(chatTemplate: system) == ChatTemplate(kind: .vicuna))
    #expect(ChatTemplate.detect(chatTemplate: "[INST] {{ x }} [/INST]") == nil)
  }

  @Test func `a directory's template is read from any of its three files`() throws {
    let directory = try TemporaryDirectory()
    #expect(try ChatTemplate.detect(directory: directory.path) == nil)
    try directory.write(
      "tokenizer_config.json",
      #"{"chat_template":[{"name":"tool","template":"x"},{"name":"default","template":"'USER:' 'ASSISTANT:'"}]}"#)
    #expect(try ChatTemplate.detect(directory: directory.path)?.kind == .vicuna)
    try directory.write("chat_template.json", #"{"chat_template":"<|start_header_id|>"}"#)
    #expect(try ChatTemplate.detect(directory: directory.path)?.kind == .llama3)
    try directory.write("chat_template.jinja", "<|im_start|>system\nBe.<|im_end|>")
    #expect(try ChatTemplate.detect(directory: directory.path) == ChatTemplate(kind: .chatml, defaultSystem: "Be."))
    try directory.write("chat_template.jinja", "[INST]")
    #expect(throws: TextError.unknownTemplate(file: "\(directory.path)/chat_template.jinja")) {
      try ChatTemplate.detect(directory: directory.path)
    }
  }

  @Test func `a template that only borrows ChatML's marks is not taken for it`() throws {
    let interleave = """
      {% for message in messages %}{{'<|im_start|>' + message['role'] + ' '}}{% for content in message['content'] | \
      selectattr('type', 'equalto', 'image') %}{{ '<image>' }}{% endfor %}{{ '\\n' + text }}{{'<|im_end|>'}}{% endfor %}\
      {% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}
      """
    #expect(ChatTemplate.detect(chatTemplate: interleave) == nil)
    #expect(ChatTemplate.detect(chatTemplate: "{{ '<|im_start|>user ' + text + '<|im_end|>' }}") == nil)
    // A role's text, a role that only the chat knows, and words outside of all blocks.
    for chatML in [
      "{{ '<|im_start|>user\\n' + text + '<|im_end|>' }}", "<|im_start|>{{ message['role'] }}\n{{ text }}<|im_end|>",
      "{{- '<|im_start|>' + message.role }}{%- if message.content %}{{- '\\n' + message.content }}{%- endif %}",
    ] { #expect(ChatTemplate.detect(chatTemplate: chatML)?.kind == .chatml, "\(chatML)") }
    let directory = try TemporaryDirectory()
    try directory.write("chat_template.jinja", interleave)
    let error = TextError.unknownTemplate(file: "\(directory.path)/chat_template.jinja")
    #expect(throws: error) { try ChatTemplate.detect(directory: directory.path) }
    #expect("\(error)".hasSuffix("none of chatml, llama3, vicuna_v1; set chat_template in the recipe"))
  }

  @Test func `a template is found again in the one that is written for transformers`() {
    let systems = [nil, "You're \"brief\".\n\\n is no line.", ""]
    for kind in [ChatTemplateKind.chatml, .llama3] {
      for system in systems {
        for bos in [true, false] {
          let template = ChatTemplate(kind: kind, defaultSystem: system, beginsWithBOS: bos)
          #expect(template.jinja.flatMap(ChatTemplate.detect(chatTemplate:)) == template, "\(template)")
        }
      }
    }
    for system in [nil, ChatTemplate.vicunaSystem] {
      let template = ChatTemplate(kind: .vicuna, defaultSystem: system)
      #expect(template.jinja.flatMap(ChatTemplate.detect(chatTemplate:)) == template)
    }
    #expect(ChatTemplate(kind: .plain).jinja == nil)
  }

  @Test func `a tokenizer's settings lose their template and nothing else`() throws {
    let json =
      #"{"b": 1000000000000000019884624838656, "chat_template": "x", "a": [1.50, {}, [], null, "q\"\n"], "c": true}"#
    let expected = #"""
      {
        "b": 1000000000000000019884624838656,
        "a": [
          1.50,
          {},
          [],
          null,
          "q\"\n"
        ],
        "c": true
      }

      """#
    let left = try ChatTemplate.removed(from: Array(json.utf8), file: "t.json")
    #expect(String(decoding: left, as: UTF8.self) == expected)
  }

  @Test func `a template whose tokens are missing is refused`() throws {
    let tokenizer = try Golden.tokenizer("smollm2")
    #expect(throws: TextError.missingToken("<|start_header_id|>", template: "llama3")) {
      try ChatEncoder(tokenizer: tokenizer, template: ChatTemplate(kind: .llama3), imageToken: nil)
    }
    #expect(throws: TextError.missingToken("</s>", template: "vicuna_v1")) {
      try ChatEncoder(tokenizer: tokenizer, template: ChatTemplate(kind: .vicuna), imageToken: nil)
    }
  }
}

/// A directory that is gone with the value that holds it.
final class TemporaryDirectory {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("text-tests-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ name: String, _ text: String) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: "\(path)/\(name)"))
  }
}
