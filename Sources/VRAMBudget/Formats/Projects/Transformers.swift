extension TensorFormat {
  /// PyTorch's dtypes, as checkpoints hold them. The same layouts as ggml's f32, f16 and bf16.
  static let torchFloat32 = torch(.f32, "torch.float32")
  static let torchFloat16 = torch(.f16, "torch.float16")
  static let torchBFloat16 = torch(.bf16, "torch.bfloat16")
  static let torchInt64 = TensorFormat(
    name: "int64", layout: .blocks(elements: 1, bytes: 8), source: "PyTorch, torch.int64")

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

extension FormatRecipe {
  /// FBGEMM's FP8, as Meta published Llama 3.1 405B in: linears with an fp32 scale for each output.
  ///
  /// Source: transformers 5.23.0, integrations/fbgemm_fp8.py, `FbgemmFp8Linear`; the layers that are
  /// left as trained are the configuration's.
  static let fbgemm = FormatRecipe(
    name: "FP8-fbgemm",
    method: .byKind(
      KindRecipe(
        .transformers,
        linear: TensorFormat(
          name: "fp8-row", layout: .rows(bits: 8, scaleBits: 32, zeroBits: 0),
          method: .fbgemm, source: "transformers 5.23.0, integrations/fbgemm_fp8.py"),
        rest: .torchBFloat16, use: "as FP8-dynamic, with fp32 scales")),
    synonyms: ["fbgemm-fp8"])
}

extension FormatRecipe {
  /// FP8 as Mistral publishes Devstral Small 2 and the instruct models of Ministral 3: one bf16 scale for
  /// the weights of a linear and one for its inputs.
  ///
  /// Source: https://github.com/huggingface/transformers/pull/42715 (`activation_scheme` static,
  /// `weight_block_size` null; vision tower, projector and head left); the published count of Devstral
  /// Small 2 exceeds its weights by two for each of 280 linears.
  static let mistralFP8 = FormatRecipe(
    name: "FP8-mistral",
    method: .byKind(
      KindRecipe(
        .transformers,
        linear: TensorFormat(
          name: "fp8-tensor", layout: .blocks(elements: 1, bytes: 1),
          companions: TensorFormat.Companions(perMatrix: 4), method: .fineGrainedFP8,
          source: "transformers 5.23.0, integrations/finegrained_fp8.py"),
        rest: .torchBFloat16, use: "Ministral 3 as published")),
    synonyms: ["ministral-fp8"])
}
