public import JSONDocuments
public import VRAMBudget

/// A Hugging Face config.json: the model, and how its checkpoint is stored.
public struct ConfigurationFile: Sendable {
  public let shape: ModelShape
  private let configuration: ModelConfiguration

  /// Reads the text of a config.json.
  ///
  /// - Parameters:
  ///   - id: The name that asks for this model again.
  ///   - name: The name for people.
  /// - Throws: ``ConfigurationError``.
  public init(_ bytes: [UInt8], id: String, name: String) throws(ConfigurationError) {
    let cursor: JSONCursor
    do { cursor = try JSONCursor(parsing: bytes) } catch { throw .unreadable(error) }
    shape = try ModelShape(configuration: cursor, id: id, name: name, source: .config)
    configuration = ModelConfiguration(keys: cursor)
  }

  /// A configuration whose model was made already.
  public init(_ cursor: JSONCursor, of shape: ModelShape) {
    self.shape = shape
    configuration = ModelConfiguration(keys: cursor)
  }

  /// The parts of the checkpoint that the model's description leaves out: `vision tower`.
  public var otherParts: [String] {
    let thinker = (try? configuration.object("thinker_config")) ?? nil
    let names = [
      ("vision_config", "vision tower"), ("audio_config", "audio tower"),
      ("talker_config", "talker"), ("code2wav_config", "vocoder"),
    ]
    let parts = names.compactMap { key, name in
      let isThere = [configuration, thinker].contains { keys in
        ((try? keys?.object(key)) ?? nil) != nil
      }
      return isThere ? name : nil
    }
    return parts.isEmpty && isPartOfMore ? ["part for images and sound"] : parts
  }

  /// Whether the class of the whole is that of a model for more than text, though its other parts are
  /// not described: so are classes of a language model alone not called.
  private var isPartOfMore: Bool {
    let classes = (try? configuration.optionalTexts("architectures")) ?? nil
    return classes?.first?.hasSuffix("ForConditionalGeneration") ?? false
  }

  /// Returns the recipe of a checkpoint that is published quantized; nil for one that is not.
  ///
  /// - Throws: ``ConfigurationError/unsupported(key:value:)`` with the key in `quantization_config`
  ///   for a layout that is not described.
  public func quantization() throws(ConfigurationError) -> FormatRecipe? {
    for keys in [configuration, try configuration.textModel()] {
      let published = try PublishedQuantization(keys, of: shape)
      if let published { return try published.recipe() }
    }
    return nil
  }

  /// Whether the checkpoint asks for a cache in FP8.
  ///
  /// - Throws: ``ConfigurationError/unsupported(key:value:)`` for a cache of another format.
  public func cachesInFP8() throws(ConfigurationError) -> Bool {
    for keys in [configuration, try configuration.textModel()] {
      let published = try PublishedQuantization(keys, of: shape)
      if let published { return try published.cachesInFP8() }
    }
    return false
  }

  /// Returns the recipe of a checkpoint that is stored in one dtype; nil where the configuration does
  /// not say which.
  ///
  /// - Throws: ``ConfigurationError/unsupported(key:value:)`` for a dtype that no recipe has.
  public func dtype() throws(ConfigurationError) -> FormatRecipe? {
    for keys in [try configuration.textModel(), configuration] {
      for key in ["dtype", "torch_dtype"] {
        guard let text = try keys.optionalText(key), text != "auto" else { continue }
        let name = text.hasPrefix("torch.") ? String(text.dropFirst(6)) : text
        guard ["float32", "float16", "bfloat16"].contains(name) else {
          throw .unsupported(key: key, value: "'\(text.shown)'")
        }
        do {
          return try FormatRecipe.named("hf-\(name)")
        } catch {
          throw .unsupported(key: key, value: "'\(text.shown)'")
        }
      }
    }
    return nil
  }
}
