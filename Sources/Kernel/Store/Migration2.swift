import KernelDatabase

extension Migration {
    static let containment = Migration(
        2,
        """
        CREATE TABLE quarantine (
            build TEXT NOT NULL,
            failure_class TEXT NOT NULL,
            module TEXT NOT NULL,
            count INTEGER NOT NULL,
            since INTEGER NOT NULL,
            until INTEGER,
            reason TEXT NOT NULL,
            lifted_by TEXT,
            lifted_at INTEGER,
            PRIMARY KEY (build, failure_class)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE crash (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            at INTEGER NOT NULL,
            module TEXT,
            build TEXT,
            task TEXT,
            call TEXT,
            report_path TEXT,
            sentence TEXT NOT NULL
        ) STRICT;
        CREATE TABLE crash_interrupted (
            crash INTEGER NOT NULL REFERENCES crash ON DELETE CASCADE,
            place INTEGER NOT NULL,
            name TEXT NOT NULL,
            PRIMARY KEY (crash, place)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE crash_delivery (
            crash INTEGER NOT NULL REFERENCES crash ON DELETE CASCADE,
            client TEXT NOT NULL,
            PRIMARY KEY (crash, client)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE fact (
            name TEXT PRIMARY KEY,
            value BLOB NOT NULL
        ) STRICT, WITHOUT ROWID;
        """)
}
