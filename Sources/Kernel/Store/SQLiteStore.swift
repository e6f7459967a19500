import KernelDatabase
import KernelSystem

/// The store in one file of SQLite.
package final class SQLiteStore: Store {
    package let tasks: any TaskRecords
    package let quarantine: any QuarantineRecords
    package let preferences: any PreferenceRecords
    /// For the records of other layers.
    package let access: StoreAccess

    package static let fileName = "kernel.db"

    /// When the file is opened for writing, which one process at a time can.
    package enum Opening: Sendable, Hashable {
        case now
        /// By the first write: until then several processes read side by side, and what is wrong
        /// with the file is said by the first use.
        case whenWritten
    }

    /// Opens or makes the database in a folder, which is made too if it is missing.
    package init(folder: String, opening: Opening = .now) throws(StoreError) {
        access = try StoreAccess(Path.join(folder, Self.fileName), opening)
        tasks = SQLiteTaskRecords(access)
        quarantine = SQLiteQuarantineRecords(access)
        preferences = SQLitePreferenceRecords(access)
    }

    package var trouble: StoreError? { access.trouble }

    package func problems(
        _ thoroughness: Thoroughness, _ done: @escaping Completion<[String]>
    ) {
        let access = access
        access.onReader(to: done) { readers in
            let trouble = access.trouble.map { ["\($0)"] } ?? []
            return try trouble + readers.problems(thoroughness == .full ? .full : .quick)
        }
    }

    package func backUp(to path: String, _ done: @escaping Completion<Void>) {
        access.onReader(to: done) { try $0.backUp(to: path) }
    }

    package func close() {
        access.close()
    }
}
