internal import VRAMBudget

extension FormatRecipe {
  /// When the format is the right choice, in a few words.
  var use: String {
    switch method {
    case .byKind(let recipe): return recipe.use
    case .llamaCpp(let fileType, _, _):
      switch fileType {
      case .f32: return "conversion and debugging only"
      case .f16, .bf16: return "the baseline: as trained"
      case .q8_0: return "about half of F16, loss negligible"
      case .q6_K: return "close to Q8_0, a quarter smaller"
      case .q5_K_M, .q5_K_S, .q5_1, .q5_0: return "a margin above four bits"
      case .q4_K_M: return "the default for local work"
      case .q4_1: return "older; Q4_K_M is smaller and better"
      case .q4_K_S, .iq4_NL, .iq4_XS: return "a little smaller than Q4_K_M"
      case .q4_0: return "budget hardware; test first"
      case .mxfp4_MOE: return "experts trained for MXFP4"
      case .q3_K_L, .q3_K_M, .q3_K_S, .iq3_M, .iq3_S, .iq3_XS, .iq3_XXS:
        return "below four bits; visible loss"
      case .q2_K, .q2_K_S, .iq2_M, .iq2_S, .iq2_XS, .iq2_XXS:
        return "large models only; strong loss"
      case .tq2_0, .tq1_0: return "models trained with ternary weights"
      case .iq1_M, .iq1_S: return "a last resort"
      }
    }
  }
}

extension WeightOrigin {
  /// When the format is the right choice, in a few words; of a file, that it is one.
  var use: String { recipe?.use ?? "the file as it is" }
}
