import KernelDatabase

/// The tables of the kernel's database. A new one is a file `Migration<number>.swift` and a line
/// here.
enum StoreMigrations {
    /// "krnl".
    private static let applicationID: Int32 = 0x6b72_6e6c

    static let schema = Schema(
        applicationID: applicationID, [.tasks, .containment, .preferences, .leases, .chats])
}
