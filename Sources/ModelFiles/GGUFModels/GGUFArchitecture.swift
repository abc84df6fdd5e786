internal import VRAMBudget

/// What llama.cpp knows of a family beyond what a GGUF file says.
///
/// Everything else of a model follows from its tensors and keys. To add a family, add a row to
/// ``all``; only listed ones are read, since any other might keep its tokens in a way that is not
/// described.
///
/// Source: llama.cpp 0c1e57098, src/models/, `load_arch_hparams` of each family.
struct GGUFArchitecture {
  /// Which layers see a window only; `attention.sliding_window_pattern` beats the period.
  enum Window {
    case never
    /// All but the last of every `period` layers, when the file gives a window; all of them where the
    /// period is 0.
    case pattern(period: Int64)
    /// The same, with a window even where the file gives none.
    case patternOf(tokens: Int64, period: Int64)
    /// The same in a model of this many layers, and no window in any other.
    case patternIn(layers: Int, tokens: Int64, period: Int64)
    /// All but the first of every `period` layers, when the file gives a window.
    case leadingPattern(period: Int64)
    /// As pattern in chunks, unless the file gives a window of 0.
    case chunks(tokens: Int64, period: Int64)
    /// As `attention.sliding_window_pattern` lists them; the file must give both.
    case listed
  }

  /// Which layers rotate queries and keys.
  enum Rotation {
    case everywhere
    /// None: positions come from a table, a bias of the attention or the recurrent layers.
    case nowhere
    /// All but every so many.
    case exceptEvery(Int64)
    /// Those that see a window only.
    case windowed
    /// The same, and all of a model without windows.
    case windowedIfAny
    /// All, unless `rope.scaling.finetuned` is false.
    case switched
    /// As `attention.rope_pattern` lists them; all where it is absent.
    case listed
  }

  /// Which layers read the cache of an earlier one.
  enum SharedCache {
    case none
    /// Those after the first few.
    case after(layers: Int)
    /// As many of the last as `attention.shared_kv_layers` says.
    case byKey
  }

  /// Which layers have an indexer.
  enum Indexers {
    case none, everywhere
    /// As `attention.indexer.types` lists them. Without the list all, but in a model for a million
    /// tokens the first two and then the first of every four.
    case listed
  }

  /// `general.architecture`.
  let name: String
  var window = Window.never
  var rotation = Rotation.everywhere
  var sharedCache = SharedCache.none
  var indexers = Indexers.none
  /// What its recurrent layers keep.
  var state: RecurrentState.Kind?
  /// Whether attention stands beside the state of a recurrent layer.
  var mixesSideBySide = false
  /// Whether a layer without KV heads may have no mixer at all.
  var hasBareLayers = false
  /// Whether the model reads a text in both directions and caches nothing.
  var isEncoder = false
  /// Whether the last `nextn_predict_layers`, for multi-token prediction, may be in the file; they
  /// are not loaded unless asked for.
  var skipsPredictionLayers = false

  /// Returns a family's row; nil for one that is not read.
  static func named(_ name: String) -> GGUFArchitecture? { all.first { $0.name == name } }
}
