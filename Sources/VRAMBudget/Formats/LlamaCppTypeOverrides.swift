/// The formats that llama.cpp's quantizer is told to use, whatever its mix says.
///
/// Source: llama.cpp 0c1e57098, tools/quantize/quantize.cpp (`--output-tensor-type`,
/// `--token-embedding-type`) and src/llama-quant.cpp (`llama_tensor_get_type`); checked in
/// llamacpp-overrides.tsv.
public struct LlamaCppTypeOverrides: Hashable, Sendable {
  /// The format of `output.weight`. In a tied model, which has none, it replaces what the mix gives the
  /// embedding; a file of plain floats has no mix, so that there it does nothing.
  public var output: TensorFormat?
  /// The format of the embedding, tied or not.
  public var tokenEmbedding: TensorFormat?

  public init(output: TensorFormat? = nil, tokenEmbedding: TensorFormat? = nil) {
    self.output = output
    self.tokenEmbedding = tokenEmbedding
  }

  public static let none = LlamaCppTypeOverrides()
}

extension LlamaCppTypeOverrides {
  /// The formats that the quantizer can write an embedding or a head in.
  ///
  /// Source: llama.cpp 0c1e57098, ggml/src/ggml.c, `ggml_quantize_chunk`, which knows neither q8_1
  /// nor q8_K.
  public static let formats = TensorFormat.ggml.filter { $0 != .q8_1 && $0 != .q8_K }

  /// Returns the format with ggml's name for it, whatever its case.
  ///
  /// - Throws: ``FormatError/unknownTensorType(_:allowed:)``.
  public static func format(named name: String) throws(FormatError) -> TensorFormat {
    let wanted = LooseName.normalized(name)
    guard let format = formats.first(where: { LooseName.normalized($0.name) == wanted }) else {
      throw .unknownTensorType(name, allowed: formats.map(\.name))
    }
    return format
  }

  /// The overrides in a few words: `output q8_0, embedding f16`; empty where there are none.
  public var words: String {
    [output.map { "output \($0.name)" }, tokenEmbedding.map { "embedding \($0.name)" }]
      .compactMap { $0 }.joined(separator: ", ")
  }
}

extension TensorFormat {
  /// Whether the format cannot be written without an importance matrix of the tensor.
  ///
  /// Source: llama.cpp 0c1e57098, ggml/src/ggml.c, `ggml_quantize_requires_imatrix`.
  var needsImatrix: Bool { self == .iq2_xxs || self == .iq2_xs || self == .iq1_s }
}
