import KernelSystem
import ModuleJSON

/// What a kernel writes down of a server that it has started, so that the next one finds it.
struct ServerRecord: Sendable, Hashable {
    let process: Int32
    /// The number of a process may be given to another one: when this one began.
    let startTicks: UInt64
    /// Of the system at that time.
    let boot: String
    let port: UInt16
    let key: String
    let command: [String]

    static let fileBytesMax = 1 << 20

    init(_ process: ServerProcess, port: UInt16, key: String, command: [String]) {
        self.process = process.number
        startTicks = process.startTicks
        boot = ProcessStat.boot ?? ""
        self.port = port
        self.key = key
        self.command = command
    }

    init?(_ bytes: [UInt8]) {
        guard let json = try? JSON(parsing: bytes),
            let process = json["process"]?.integer.flatMap({ Int32(exactly: $0) }), process > 1,
            let ticks = json["startTicks"]?.integer.flatMap({ UInt64(exactly: $0) }),
            let boot = json["boot"]?.string,
            let port = json["port"]?.integer.flatMap({ UInt16(exactly: $0) }), port > 0,
            let key = json["key"]?.string, let command = json["command"]?.array
        else { return nil }
        self.process = process
        startTicks = ticks
        self.boot = boot
        self.port = port
        self.key = key
        self.command = command.compactMap(\.string)
    }

    var bytes: [UInt8] {
        JSON.object([
            "process": .integer(Int64(process)),
            "startTicks": .integer(Int64(clamping: startTicks)),
            "boot": .string(boot), "port": .integer(Int64(port)), "key": .string(key),
            "command": .array(command.map { .string($0) }),
        ]).serialized()
    }
}
