internal import VRAMBudget

/// The names under which an entry is found.
public enum PresetName {
  /// Words of vendors and series that may be left out of a device's name.
  private static let vendorWords = ["nvidia", "geforce", "amd", "intel", "apple", "samsung"]

  /// Returns every normalized name of an entry, without duplicates, in their order.
  public static func all(id: String, name: String, aliases: [String]) -> [String] {
    var seen: Set<String> = []
    return ([id, name] + aliases).map(LooseName.normalized).filter {
      !$0.isEmpty && seen.insert($0).inserted
    }
  }

  /// Returns a normalized device name without the vendor words it begins with.
  public static func withoutVendor(_ normalized: String) -> String {
    for word in vendorWords where normalized.hasPrefix(word) && normalized.count > word.count {
      return withoutVendor(String(normalized.dropFirst(word.count)))
    }
    return normalized
  }
}
