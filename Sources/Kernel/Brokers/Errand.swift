import KernelBase
package import KernelSandbox
import KernelSystem

/// What a module has the host do for it.
package struct Errand: Sendable {
    package var id: UInt64
    package var module: String
    package var service: String
    /// One JSON object.
    package var order: [UInt8]
    package var body: [UInt8]
    package var creditBytes: UInt64
    /// On the monotonic clock; 0 means none.
    package var deadlineNanoseconds: UInt64
    /// What the module may reach now. Looks at the disk.
    package var opened: @Sendable () throws -> OpenedDoors

    package init(
        id: UInt64, module: String, service: String, order: [UInt8], body: [UInt8] = [],
        opened: @escaping @Sendable () throws -> OpenedDoors
    ) {
        self.id = id
        self.module = module
        self.service = service
        self.order = order
        self.body = body
        creditBytes = 0
        deadlineNanoseconds = 0
        self.opened = opened
    }
}

/// What the permissions of a module open with the host: its manifest's, as the configuration
/// changed them.
package struct OpenedDoors: Sendable {
    package var network: [String] = []
    package var busNames: [String] = []
    /// Absolute paths without links.
    package var execute: [String] = []
    /// Around a program that is started for the module.
    package var programWalls: @Sendable () throws -> Walls = { throw NoWalls() }
    /// The module's own folder.
    package var scratchFolder: String?

    private struct NoWalls: Error {}

    package init() {}
}

extension Errand {
    func doors() throws(ErrandRefusal) -> OpenedDoors {
        do {
            return try opened()
        } catch {
            throw ErrandRefusal(.denied, "the permissions of \(module): \(error)")
        }
    }

    /// Until its deadline, and no more than `most`; nil if neither bounds it.
    func secondsLeft(atMost most: Double? = nil) throws(ErrandRefusal) -> Double? {
        guard deadlineNanoseconds != 0 else { return most }
        let now = SystemClock.monotonicNanoseconds
        guard deadlineNanoseconds > now else {
            throw ErrandRefusal(.deadline, "its deadline had passed before it began")
        }
        let left = Double(deadlineNanoseconds - now) / 1e9
        return min(left, most ?? left)
    }
}

/// Why an errand is not done.
struct ErrandRefusal: Error {
    let status: CallStatus
    let sentence: String

    init(_ status: CallStatus, _ sentence: String) {
        self.status = status
        self.sentence = sentence
    }

    /// A permission is missing.
    init(_ what: String, missing kind: PermissionKind, _ value: String, _ module: String) {
        let remedy = Refusal.remedy(kind, value, module)
        self.init(
            .denied, "\(what): module \(module) does not have the permission; \(remedy)")
    }
}
