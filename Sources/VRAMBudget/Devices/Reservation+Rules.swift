extension Reservation {
  /// What a discrete NVIDIA card's driver keeps, where no log of this very card says it.
  ///
  /// The CUDA runtime's total is 81 to 86 MiB under nvidia-smi's on cards of the GTX 10 series, 265 to
  /// 486 MiB on later ones of up to 24 GiB (558 were gone on an idle Quadro RTX 6000), 478 to 769 MiB on larger and datacenter cards (32
  /// observations under Linux; under Windows the gap is 1 MiB and the desktop takes its share instead).
  public static func estimatedDriver(ofTotal total: Bytes) -> Reservation {
    let isLarge = total > .gibibytes(32)
    return Reservation(
      .driver,
      ByteEstimate(
        low: .mebibytes(isLarge ? 478 : 81), expected: .mebibytes(isLarge ? 640 : 450),
        high: .mebibytes(isLarge ? 769 : 560)), basis: .modelled,
      source: "the gap between nvidia-smi's total and CUDA's on like cards under Linux: "
        + (isLarge ? "478 to 769 MiB" : "81 to 560 MiB"))
  }

  /// What an Intel Arc card's driver keeps, where no log of this very card says it.
  ///
  /// SYCL reports 15473 MiB of an A770's 16384 and 11604 of a B580's 12288, 94.4 % of both; 15930, 97.2 %,
  /// of an A770 under a newer driver (OVERHEAD.md, 2).
  public static func estimatedArcDriver(ofTotal total: Bytes) -> Reservation {
    func permille(_ permille: Int64) -> Bytes { Bytes(total.count / 1000 * permille) }
    return Reservation(
      .driver,
      ByteEstimate(low: permille(28), expected: permille(56), high: permille(56)),
      basis: .modelled,
      source: "SYCL reports 94.4 % of the memory of two like cards, 97.2 % under a newer driver")
  }

  /// What a discrete card's driver keeps, from the totals that its runtime printed.
  ///
  /// - Parameter runtimeTotals: The totals of all logs of such a card; the least is expected.
  /// - Precondition: There is one at least.
  public static func observedDriver(
    total: Bytes, runtimeTotals: [Bytes], source: String
  ) -> Reservation {
    let gaps = runtimeTotals.map { max(.zero, total - $0) }
    let most = gaps.max() ?? .zero
    return Reservation(
      .driver, ByteEstimate(low: gaps.min() ?? .zero, expected: most, high: most),
      basis: .modelled, source: source)
  }

  /// What a GPU process cannot have of a Mac's memory: Metal's limit, which newer systems have raised.
  ///
  /// - Parameter limits: The limits of all systems; the largest is expected.
  /// - Precondition: There is one at least.
  public static func workingSet(total: Bytes, limits: [Bytes], source: String) -> Reservation {
    let beyond = limits.map { max(.zero, total - $0) }
    let least = beyond.min() ?? .zero
    return Reservation(
      .workingSetLimit,
      ByteEstimate(low: least, expected: least, high: beyond.max() ?? .zero), basis: .modelled,
      source: source)
  }

  /// What error correction takes of a card whose memory is not counted with it: 6.25 % of GDDR.
  ///
  /// - Parameters:
  ///   - corrected: What such a card reports with it.
  ///   - isUsual: Whether it is on unless switched off.
  public static func errorCorrection(
    total: Bytes, corrected: Bytes, isUsual: Bool, source: String
  ) -> Reservation {
    let taken = max(Bytes.zero, total - corrected)
    return Reservation(
      .errorCorrection,
      ByteEstimate(low: .zero, expected: isUsual ? taken : .zero, high: taken), basis: .modelled,
      source: source)
  }

  /// What the system and other programs use of memory that the processor shares.
  ///
  /// No measurement was found: a 32nd of the memory, and at least 1 GiB; half of a phone's.
  public static func assumedSystem(ofTotal total: Bytes, isPhone: Bool) -> Reservation {
    if isPhone {
      return Reservation(
        .operatingSystem,
        ByteEstimate(
          low: Bytes(total.count / 3), expected: Bytes(total.count / 2),
          high: Bytes(total.count / 12 * 7)), basis: .assumed,
        source: "a third to seven twelfths of a phone's memory, for the system and other apps:"
          + " SmolLM3 ran in 3.2 GiB of a Galaxy S22's 8; no limit for an app is published")
    }
    let expected = min(total, max(.gibibytes(1), Bytes(total.count / 32)))
    return Reservation(
      .operatingSystem,
      ByteEstimate(
        low: Bytes(expected.count / 2), expected: expected,
        high: min(total, Bytes(2 * expected.count))), basis: .assumed,
      source: "the system and other programs: a 32nd of the memory, at least 1 GiB; half of it"
        + " without a desktop, twice as much with one")
  }
}
