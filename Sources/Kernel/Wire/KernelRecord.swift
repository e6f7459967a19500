import ModuleJSON

/// What a running kernel writes into the lock of its state folder, so that others find it.
package struct KernelRecord: Codable, Sendable, Hashable {
    package static let fileName = "kernel.lock"
    package static let bytesMax = 64 << 10

    package var process: Int32
    package var socket: String
    /// Since 1970.
    package var startedSeconds: UInt64
    package var version: String

    package init(process: Int32, socket: String, startedSeconds: UInt64, version: String) {
        self.process = process
        self.socket = socket
        self.startedSeconds = startedSeconds
        self.version = version
    }

    /// Nil if it is not there, or not all of it yet.
    package init?(bytes: [UInt8]) {
        guard let record = try? JSON(parsing: bytes).decode(KernelRecord.self) else { return nil }
        self = record
    }

    package var bytes: [UInt8] {
        ((try? JSON.encode(self)) ?? [:]).serialized() + [UInt8(ascii: "\n")]
    }
}
