import KernelDatabase

struct SQLiteFacts: Facts {
    private let access: StoreAccess

    init(_ access: StoreAccess) {
        self.access = access
    }

    func fact(_ name: String, _ done: @escaping Completion<[UInt8]?>) {
        access.read(to: done) { transaction in
            try transaction.first("SELECT value FROM fact WHERE name = ?", [.text(name)]) {
                $0.bytes(0)
            }
        }
    }

    func facts(_ prefix: String, _ done: @escaping Completion<[String: [UInt8]]>) {
        access.read(to: done) { transaction in
            var facts: [String: [UInt8]] = [:]
            try transaction.each(
                "SELECT name, value FROM fact WHERE substr(name, 1, length(?1)) = ?1",
                [.text(prefix)]
            ) { row in
                facts[row.text(0)] = row.bytes(1)
                return true
            }
            return facts
        }
    }

    func setFact(_ name: String, _ value: [UInt8]?, _ done: @escaping Completion<Void>) {
        guard name.utf8.count <= StoreLimits.nameBytesMax,
            value?.count ?? 0 <= StoreLimits.factBytesMax
        else {
            let sentence =
                "the fact “\(StoreLimits.cut(name, to: 64))” is too large: a name has at most "
                + "\(StoreLimits.nameBytesMax) bytes, a value \(StoreLimits.factBytesMax)."
            return access.refuse(StoreError(.tooLarge, sentence), to: done)
        }
        access.write(to: done) { transaction in
            if let value {
                try transaction.run(
                    """
                    INSERT INTO fact (name, value) VALUES (?, ?)
                    ON CONFLICT (name) DO UPDATE SET value = excluded.value
                    """, .text(name), .bytes(value))
            } else {
                try transaction.run("DELETE FROM fact WHERE name = ?", .text(name))
            }
        }
    }
}
