extension Reservation {
  /// What a discrete NVIDIA card's driver keeps, where no log of this very card says it.
  ///
  /// The CUDA runtime's total is 354 to 486 MiB under nvidia-smi's on consumer cards of 12 to
  /// 24 GiB, 448 to 769 MiB on larger and datacenter cards (32 observations under Linux; under
  /// Windows the gap is 1 MiB and the desktop takes its share instead).
  public static func estimatedDriver(ofTotal total: Bytes) -> Reservation {
    let bytes: Bytes = total > .gibibytes(32) ? .mebibytes(640) : .mebibytes(450)
    return Reservation(
      .driver, bytes, basis: .modelled,
      source: "the gap between nvidia-smi's total and CUDA's on like cards: 354 to 769 MiB")
  }

  /// What a discrete card's driver keeps, from the total that its runtime printed.
  public static func observedDriver(
    total: Bytes, runtimeTotal: Bytes, source: String
  ) -> Reservation {
    Reservation(.driver, total - runtimeTotal, basis: .modelled, source: source)
  }

  /// What the system and other programs use of memory that the processor shares.
  ///
  /// No measurement was found: a 32nd of the memory, and at least 1 GiB; half of a phone's.
  public static func assumedSystem(ofTotal total: Bytes, isPhone: Bool) -> Reservation {
    let bytes =
      isPhone ? Bytes(total.count / 2) : max(.gibibytes(1), Bytes(total.count / 32))
    return Reservation(
      .operatingSystem, bytes, basis: .assumed,
      source: isPhone
        ? "half of a phone's memory is left to the system; no limit for an app is published"
        : "the system and other programs: a 32nd of the memory, at least 1 GiB")
  }
}
