import KernelDatabase

extension Migration {
    static let preferences = Migration(
        3,
        """
        CREATE TABLE preference (
            name TEXT NOT NULL PRIMARY KEY,
            value TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        """)
}
