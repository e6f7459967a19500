import KernelDatabase

struct SQLitePreferenceRecords: PreferenceRecords {
    private let access: StoreAccess

    init(_ access: StoreAccess) {
        self.access = access
    }

    func put(_ name: String, _ value: String?, _ done: @escaping Completion<Void>) {
        access.write(to: done) { transaction in
            if let value {
                try transaction.run(
                    "INSERT OR REPLACE INTO preference (name, value) VALUES (?, ?)",
                    .text(name), .text(value))
            } else {
                try transaction.run("DELETE FROM preference WHERE name = ?", .text(name))
            }
        }
    }

    func value(of name: String, _ done: @escaping Completion<String?>) {
        access.read(to: done) { transaction in
            try transaction.rows(
                "SELECT value FROM preference WHERE name = ?", [.text(name)]
            ) { $0.text(0) }.first
        }
    }
}
