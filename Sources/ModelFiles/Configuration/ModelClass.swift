internal import JSONDocuments
internal import VRAMBudget

/// What the class under `architectures` says of a model's head.
enum ModelClass {
  /// Endings of the classes of language models, with and without a head.
  private static let endings = [
    "ForCausalLM", "ForConditionalGeneration", "ForMaskedLM", "ForPreTraining", "Model",
  ]

  /// Parts of the names of classes that end like them and have other heads.
  private static let others = ["Classification", "RewardModel", "QuestionAnswering"]

  private static let rating = "ForSequenceClassification"

  /// Refuses models with other heads than a language model's, drafters with a vocabulary of their own,
  /// and models of code that is not their family's.
  ///
  /// - Parameters:
  ///   - modelType: The family.
  ///   - mayClassify: Whether the family is known with a head that rates texts.
  /// - Throws: ``ConfigurationError/unsupported(key:value:)``,
  ///   ``ConfigurationError/foreignClass(_:family:)``.
  static func check(
    _ configuration: ModelConfiguration, modelType: String, mayClassify: Bool
  ) throws(ConfigurationError) {
    if let name = try foreign(configuration, modelType: modelType) {
      throw .foreignClass(name, family: modelType)
    }
    if mayClassify, try classifies(configuration) { return }
    let whole = configuration.outer.map { ModelConfiguration(keys: $0) }
    let names = try whole?.optionalTexts("architectures") ?? []
    for name in names + (try configuration.optionalTexts("architectures") ?? [])
    where others.contains(where: name.holds) || !endings.contains(where: name.hasSuffix) {
      throw .unsupported(key: "architectures", value: "'\(name.shown)'")
    }
    let draft = "draft_vocab_size"
    if let size = try configuration.optionalInteger(draft, in: 0...(1 << 23)) {
      throw .unsupported(key: draft, value: "\(size)")
    }
  }

  /// Whether the class is that of a model that rates texts, such as a reranker.
  static func classifies(_ configuration: ModelConfiguration) throws(ConfigurationError) -> Bool {
    let names = try configuration.optionalTexts("architectures") ?? []
    return names.count == 1 && names[0].hasSuffix(rating)
  }

  /// The class of a model that is not called after its family, whose code may differ; nil where it is.
  ///
  /// A class of a whole, such as `LlavaForConditionalGeneration`, is not that of the language model in
  /// it, though published configurations repeat it there.
  private static func foreign(
    _ configuration: ModelConfiguration, modelType: String
  ) throws(ConfigurationError) -> String? {
    guard let name = try configuration.optionalTexts("architectures")?.first,
      !name.hasSuffix("ForConditionalGeneration")
    else { return nil }
    let family = modelType.hasSuffix("_text") ? String(modelType.dropLast(5)) : modelType
    let names = [family] + (otherNames[modelType].map { [$0] } ?? [])
    return names.contains { letters(name).hasPrefix(letters($0)) } ? nil : name
  }

  /// What classes of a family are called where it is not after the family.
  private static let otherNames = [
    "kimi_k2": "DeepseekV3", "nemotron-nas": "DeciLM", "hunyuan_v1_moe": "HunYuanMoEV1",
    "hunyuan_v1_dense": "HunYuanDenseV1", "falcon": "RW",
    "kimi_k3": "KimiLinear", "minimax_m3_vl_text": "MiniMaxM3",
    "qwen2_vl_text": "Qwen2VL", "qwen2_5_vl_text": "Qwen2_5_VL",
  ]

  /// The letters and digits of a name, as small letters.
  private static func letters(_ name: String) -> String {
    name.lowercased().filter { $0.isLetter || $0.isNumber }
  }

  /// Whether the class is that of a model without a head, such as `MistralModel` of an embedder.
  ///
  /// What a whole is called says nothing of the head of the language model in it: `InternVLChatModel`.
  static func isHeadless(_ configuration: ModelConfiguration) throws(ConfigurationError) -> Bool {
    guard let name = try configuration.optionalTexts("architectures")?.first else { return false }
    return name.hasSuffix("Model") && !name.hasSuffix("LMHeadModel")
  }
}

extension ModelConfiguration {
  /// Whether no output head is stored: it is the embedding, or the model has none.
  ///
  /// - Parameter missing: What the family's class says where `tie_word_embeddings` is left out.
  func isTied(default missing: Bool) throws(ConfigurationError) -> Bool {
    if try bool("tie_word_embeddings", default: missing) { return true }
    return try ModelClass.isHeadless(self)
  }
}

extension String {
  /// Whether a text stands anywhere in this one, byte by byte: the library's own search brings the
  /// engine of regular expressions into the program's start.
  fileprivate func holds(_ part: String) -> Bool {
    var rest = utf8[...]
    while rest.count >= part.utf8.count {
      if rest.starts(with: part.utf8) { return true }
      rest.removeFirst()
    }
    return false
  }
}
