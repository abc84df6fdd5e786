/// 8da4w, as torchao quantizes and ExecuTorch stores it: linears in 4-bit groups with bf16 scales,
/// the embedding in 8-bit rows with fp32 scales, everything else in fp32.
///
/// The output head is quantized to 4 bits and therefore stored apart from the 8-bit embedding, even
/// where the model ties the two. A linear whose input is not a whole number of groups is left alone.
///
/// Source: torchao 0.18.0 and executorch 1.4.1, measured in torchao-8da4w.jsonl and
/// executorch-pte.jsonl.
struct TorchAORecipe {
  let groupSize: Int64

  func assignments(for model: ModelShape) -> [TensorAssignment] {
    var assignments = model.checkpointTensors.map(assignment)
    if model.hasTiedEmbeddings, let embedding = model.tensors.first(role: .tokenEmbedding) {
      assignments.append(assignment(for: Tensor(.output, shape: embedding.shape), untied: true))
    }
    return assignments
  }

  private func assignment(for tensor: Tensor) -> TensorAssignment {
    assignment(for: tensor, untied: false)
  }

  private func assignment(for tensor: Tensor, untied: Bool) -> TensorAssignment {
    guard tensor.part == .weight else {
      return TensorAssignment(tensor, .f32, because: .notQuantized)
    }
    switch tensor.role.kind {
    case .embedding:
      return TensorAssignment(tensor, .int8Rows, because: .tokenEmbedding)
    case .norm, .constant, .router, .convolution, .vector:
      return TensorAssignment(tensor, .f32, because: .notQuantized)
    case .linear:
      let format = TensorFormat.int4Groups(of: groupSize)
      guard tensor.shape.rowElements.isMultiple(of: groupSize) else {
        return TensorAssignment(tensor, .f32, because: .rowNotDivisible(by: format.name))
      }
      return TensorAssignment(tensor, format, because: untied ? .untiedHead : .main)
    }
  }
}

extension [Tensor] {
  /// The first weight with a role.
  func first(role: TensorRole) -> Tensor? { first { $0.role == role && $0.part == .weight } }
}
