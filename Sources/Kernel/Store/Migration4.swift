import KernelDatabase

extension Migration {
    /// Until when a running task is its kernel's, if that says nothing more.
    static let leases = Migration(4, "ALTER TABLE task ADD COLUMN lease INTEGER;")
}
