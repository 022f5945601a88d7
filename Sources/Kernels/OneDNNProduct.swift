import COneDNN
import Synchronization
import Tensors

/// `C = A · B (+ C) (+ bias)` as oneDNN has to know it before the first time: sizes and distances in memory, in elements.
struct OneDNNProductShape: Hashable {
  /// Type of A and B; sums and C are in single precision.
  var operands: ProductPrecision
  var m: Int
  var n: Int
  var k: Int
  /// Distances between neighbouring rows and columns.
  var aRow: Int
  var aColumn: Int
  var bRow: Int
  var bColumn: Int
  var cRow: Int
  /// Whether the product is added to what is in C.
  var accumulates: Bool
  /// Whether a number for each column is added.
  var hasBias: Bool
}

/// A product that oneDNN has generated code for.
final class OneDNNProduct: @unchecked Sendable {
  // Unchecked: nothing changes after init, and oneDNN allows one primitive to run on several threads at once where each
  // brings its own scratchpad.
  private let primitive: dnnl_primitive_t?
  private let description: dnnl_primitive_desc_t?
  private let scratchBytes: Int

  private init(_ shape: OneDNNProductShape) {
    var (a, b, c) = (dnnl_memory_desc_t(), dnnl_memory_desc_t(), dnnl_memory_desc_t())
    func describe(
      _ memory: inout dnnl_memory_desc_t, _ type: dnnl_data_type_t, _ rows: Int, _ columns: Int, _ row: Int,
      _ column: Int
    ) {
      let none = [Int64](repeating: 0, count: 10)
      OneDNN.check(
        dnnl_memory_desc_init_by_strides(
          &memory, 2, [Int64(rows), Int64(columns)] + none, type, [Int64(row), Int64(column)] + none))
    }
    let type = shape.operands == .bf16 ? dnnl_bf16 : dnnl_f32
    describe(&a, type, shape.m, shape.k, shape.aRow, shape.aColumn)
    describe(&b, type, shape.k, shape.n, shape.bRow, shape.bColumn)
    describe(&c, dnnl_f32, shape.m, shape.n, shape.cRow, 1)
    var operation = dnnl_matmul_desc_t()
    if shape.hasBias {
      var bias = dnnl_memory_desc_t()
      describe(&bias, dnnl_f32, 1, shape.n, shape.n, 1)
      OneDNN.check(dnnl_matmul_desc_init(&operation, &a, &b, &bias, &c))
    } else {
      OneDNN.check(dnnl_matmul_desc_init(&operation, &a, &b, nil, &c))
    }
    var attributes: dnnl_primitive_attr_t?
    OneDNN.check(dnnl_primitive_attr_create(&attributes))
    OneDNN.check(dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user))
    if shape.accumulates {
      var sum: dnnl_post_ops_t?
      OneDNN.check(dnnl_post_ops_create(&sum))
      OneDNN.check(dnnl_post_ops_append_sum(sum, 1))
      OneDNN.check(dnnl_primitive_attr_set_post_ops(attributes, sum))
      dnnl_post_ops_destroy(sum)
    }
    var (description, primitive): (dnnl_primitive_desc_t?, dnnl_primitive_t?)
    OneDNN.check(dnnl_primitive_desc_create(&description, &operation, attributes, OneDNN.engine, nil))
    dnnl_primitive_attr_destroy(attributes)
    OneDNN.check(dnnl_primitive_create(&primitive, description))
    (self.description, self.primitive) = (description, primitive)
    scratchBytes = dnnl_memory_desc_get_size(dnnl_primitive_desc_query_md(description, dnnl_query_scratchpad_md, 0))
  }

  deinit {
    dnnl_primitive_destroy(primitive)
    dnnl_primitive_desc_destroy(description)
  }

  /// Runs on the calling thread alone. `bias`: where the shape has one.
  func callAsFunction(
    _ a: UnsafeRawPointer, _ b: UnsafeRawPointer, bias: UnsafePointer<Float>?, into c: UnsafeMutablePointer<Float>
  ) {
    omp_set_num_threads(1)
    let scratch = Storage(count: (scratchBytes + 3) / 4)
    var arguments: [dnnl_exec_arg_t] = []
    func add(_ slot: Int32, _ query: dnnl_query_t, _ memory: UnsafeMutableRawPointer, index: Int32 = 0) {
      var object: dnnl_memory_t?
      OneDNN.check(
        dnnl_memory_create(&object, dnnl_primitive_desc_query_md(description, query, index), OneDNN.engine, memory))
      arguments.append(dnnl_exec_arg_t(arg: slot, memory: object))
    }
    add(DNNL_ARG_SRC, dnnl_query_src_md, UnsafeMutableRawPointer(mutating: a))
    add(DNNL_ARG_WEIGHTS, dnnl_query_weights_md, UnsafeMutableRawPointer(mutating: b))
    add(DNNL_ARG_DST, dnnl_query_dst_md, c)
    // A bias counts as the second of the weights.
    if let bias { add(DNNL_ARG_BIAS, dnnl_query_weights_md, UnsafeMutableRawPointer(mutating: bias), index: 1) }
    if scratchBytes > 0 { add(DNNL_ARG_SCRATCHPAD, dnnl_query_scratchpad_md, scratch.base) }
    OneDNN.check(dnnl_primitive_execute(primitive, OneDNN.stream, Int32(arguments.count), arguments))
    for argument in arguments { dnnl_memory_destroy(argument.memory) }
    withExtendedLifetime(scratch) {}
  }
}

extension OneDNNProduct {
  /// Shapes change with the number of tokens of a batch; generating code takes 0.1 to 0.5 ms, and keeping it 90 KB.
  private static let mostKept = 512

  private struct Kept: ~Copyable {
    var products: [OneDNNProductShape: OneDNNProduct] = [:]
  }

  private static let kept = Mutex(Kept())

  /// The product for a shape, generated when it is asked for the first time.
  static func of(_ shape: OneDNNProductShape) -> OneDNNProduct {
    if let product = kept.withLock({ $0.products[shape] }) { return product }
    // Outside the lock: two threads may both generate it, and one result is dropped.
    let product = OneDNNProduct(shape)
    kept.withLock { kept in
      if kept.products.count >= mostKept { kept.products.removeAll(keepingCapacity: true) }
      kept.products[shape] = product
    }
    return product
  }
}
