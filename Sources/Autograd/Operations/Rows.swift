import Kernels
import Tensors

extension Parameter {
  /// Embedding look-up: self [V, D] -> [N, D] for N row numbers. `tape`: nil in inference.
  public func rows(_ rows: [Int32], on tape: Tape?) -> Variable {
    let result = takeRows(value, rows)
    let start = Variable(result, tape: tape, slot: nil)
    if let tape, let lookups {
      // No use of the table that its own gradient would wait for.
      let slot = tape.append { slot in
        Tape.Record(output: slot, parameters: []) { dy, _ in
          if let dy, let target = lookups.base { addIntoRows(dy, lookups.places(of: rows), into: target) }
        }
      }
      return Variable(result, tape: tape, slot: slot)
    }
    return .record(result, inputs: [start], parameters: [self]) { [self] dy, _ in
      if let target = gradient { addIntoRows(dy, rows, into: target) }
    }
  }
}

extension Variable {
  /// `self[rows]`: self [M, D] -> [N, D].
  public func rows(_ rows: [Int32]) -> Variable {
    let (shape, slot) = (value.shape, slot)
    return .record(takeRows(value, rows), inputs: [self]) { dy, gradients in
      gradients.write(slot, shape: shape) { target, beta in
        if beta == 0 { target.update(repeating: 0, count: shape.reduce(1, *)) }
        addIntoRows(dy, rows, into: target)
      }
    }
  }

  /// self with row `rows[n]` replaced by `replacement[n]`: self [M, D], replacement [N, D] -> [M, D].
  public func replacingRows(_ rows: [Int32], with replacement: Variable) -> Variable {
    let (slot, replacementSlot) = (slot, replacement.slot)
    let value = replaceRows(value, rows, with: replacement.value)
    return .record(value, inputs: [self, replacement]) { dy, gradients in
      if replacementSlot != nil { gradients.add(takeRows(dy, rows), to: replacementSlot) }
      if slot != nil { gradients.add(zeroRows(dy, rows), to: slot) }
    }
  }

  /// Puts a parameter of one row before every block of rows: self [B·P, D] -> [B·(P+1), D].
  public func prependingRow(_ first: Parameter, blockRows: Int) -> Variable {
    let (slot, width) = (slot, first.count)
    let block = blockRows + 1
    let value = prependRow(value, first: first.value, blockRows: blockRows)
    return .record(value, inputs: [self], parameters: [first]) { dy, gradients in
      let rows = (0..<Int32(dy.count / width))
      if let target = first.gradient {
        let heads = rows.filter { Int($0) % block == 0 }
        addIntoRows(takeRows(dy, heads), [Int32](repeating: 0, count: heads.count), into: target)
      }
      if slot != nil { gradients.add(takeRows(dy, rows.filter { Int($0) % block != 0 }), to: slot) }
    }
  }

  /// Adds a parameter of P rows to every block of P rows: self [B·P, D], table [P, D] -> [B·P, D].
  public func addingRows(_ table: Parameter) -> Variable {
    let slot = slot
    return .record(addRows(value, table: table.value), inputs: [self], parameters: [table]) { dy, gradients in
      if let target = table.gradient { addRowsTableGradient(dy, period: table.count, into: target) }
      gradients.add(dy, to: slot)
    }
  }

  /// The same elements under another shape.
  public func reshaped(_ shape: [Int]) -> Variable {
    let (before, slot) = (value.shape, slot)
    return .record(value.reshaped(shape), inputs: [self]) { dy, gradients in
      gradients.add(dy.reshaped(before), to: slot)
    }
  }
}
