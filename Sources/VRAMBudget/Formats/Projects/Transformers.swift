extension TensorFormat {
  /// PyTorch's dtypes, as checkpoints hold them. The same layouts as ggml's f32, f16 and bf16.
  static let torchFloat32 = torch(.f32, "torch.float32")
  static let torchFloat16 = torch(.f16, "torch.float16")
  static let torchBFloat16 = torch(.bf16, "torch.bfloat16")

  private static func torch(_ format: TensorFormat, _ dtype: String) -> TensorFormat {
    TensorFormat(name: format.name, layout: format.layout, source: "PyTorch, \(dtype)")
  }
}

extension FormatRecipe {
  /// A checkpoint as Transformers writes it: every tensor in one dtype, norms too.
  ///
  /// The names begin with HF because F16 alone means llama.cpp's file, whose norms are f32.
  ///
  /// Source: transformers 5.23.0, modeling_utils.py, `save_pretrained`; measured in
  /// checkpoint-bytes.tsv.
  static func transformers(_ format: TensorFormat, synonyms: [String], use: String) -> FormatRecipe
  {
    let name = format.name.uppercased()
    return FormatRecipe(
      name: "HF-\(name)",
      method: .byKind(KindRecipe(.transformers, linear: format, rest: format, use: use)),
      synonyms: (synonyms + [name]).map { "safetensors-\($0)" } + synonyms.map { "hf-\($0)" })
  }
}
