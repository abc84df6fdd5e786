/// What bitsandbytes stores of a linear. Head, embedding, norms and biases stay bf16.
///
/// Source: bitsandbytes 0.50.2, nn/modules.py (`Linear8bitLt`, `Linear4bit`) and functional.py
/// (`QuantState.as_dict`), as transformers 5.23.0 saves them; measured in checkpoint-bytes.tsv.
extension TensorFormat {
  /// Eight-bit integers with an fp32 `SCB` for each output, and one byte of `weight_format`.
  static let llmInt8 = TensorFormat(
    name: "llm.int8", layout: .rows(bits: 8, scaleBits: 32, zeroBits: 0),
    companions: Companions(perMatrix: 1), method: .bitsAndBytes,
    source: "bitsandbytes 0.50.2, Linear8bitLt")

  /// Four bits with an `absmax` for each 64 weights of the matrix, a `quant_map` of 16 fp32, and
  /// the text of the quantization state.
  ///
  /// Double quantization stores `absmax` as bytes with an fp32 for every 256 and a map of 256
  /// fp32. The text is counted with 82 and 173 bytes; a few digits more or less are possible.
  static func bitsAndBytes(_ name: String, isDouble: Bool) -> TensorFormat {
    TensorFormat(
      name: isDouble ? "\(name)-dq" : name,
      layout: .runs(bits: 4, length: 64, scales: isDouble ? .quantized(length: 256) : .single),
      companions: Companions(perMatrix: isDouble ? 64 + 1024 + 173 : 64 + 82),
      method: .bitsAndBytes, source: "bitsandbytes 0.50.2, Linear4bit and QuantState")
  }
}

extension FormatRecipe {
  private static func bitsAndBytes(
    _ name: String, _ linear: TensorFormat, synonyms: [String], use: String
  ) -> FormatRecipe {
    FormatRecipe(
      name: name,
      method: .byKind(KindRecipe(.bitsAndBytes, linear: linear, rest: .torchBFloat16, use: use)),
      synonyms: synonyms)
  }

  /// The formats that lists show.
  static let bitsAndBytes: [FormatRecipe] = [
    bitsAndBytes(
      "LLM.int8", .llmInt8,
      synonyms: ["llm-int8", "bnb-8bit", "bnb-int8", "bitsandbytes-8bit", "load-in-8bit"],
      use: "half of BF16; quantized on loading"),
    bitsAndBytes(
      "NF4", .bitsAndBytes("nf4", isDouble: false),
      synonyms: ["bnb-4bit", "bnb-nf4", "bitsandbytes-4bit", "load-in-4bit"],
      use: "QLoRA; quantized on loading"),
    bitsAndBytes(
      "NF4-DQ", .bitsAndBytes("nf4", isDouble: true),
      synonyms: ["nf4-double-quant", "bnb-4bit-dq", "bnb-nf4-dq", "unsloth-bnb-4bit"],
      use: "NF4 with its scales quantized, too"),
  ]

  /// Formats that are found by name only.
  static let bitsAndBytesVariants: [FormatRecipe] = [
    bitsAndBytes(
      "BNB-FP4", .bitsAndBytes("fp4", isDouble: false), synonyms: ["bitsandbytes-fp4"],
      use: "NF4's bytes with a greater loss"),
    bitsAndBytes(
      "BNB-FP4-DQ", .bitsAndBytes("fp4", isDouble: true), synonyms: ["bitsandbytes-fp4-dq"],
      use: "NF4-DQ's bytes with a greater loss"),
  ]
}
