import KernelSystem
import ModuleJSON

/// The files that tell of servers, in a folder of the kernel's state. One process at a time writes
/// there: another one (two kernels, or a command beside a kernel) leaves all of it alone.
final class LocalFolder: Sendable {
    let path: String
    /// Nil: somebody else has the folder.
    private let lock: FileLock?

    static let recordSuffix = ".server"
    private static let timesName = "load-seconds.json"
    private static let timesBytesMax = 1 << 20
    private static let logBytesMax = 4 << 20
    static let logLinesMax = 200
    private static let logEndBytesMax = 64 << 10

    init(_ path: String) throws(SystemError) {
        self.path = path
        try Files.makeDirectories(path)
        lock = try? FileLock(Path.join(path, "lock"))
    }

    var isOurs: Bool { lock != nil }

    // MARK: Records

    func write(_ record: ServerRecord, of name: String) throws(SystemError) {
        guard isOurs else { return }
        try Files.replace(file(name, Self.recordSuffix), with: record.bytes)
    }

    func forget(_ name: String) {
        if isOurs { Files.removeIfPresent(file(name, Self.recordSuffix)) }
    }

    /// By the name of the model. What cannot be read is removed: nothing can be done with it.
    func records() -> [String: ServerRecord] {
        guard isOurs, let names = try? Files.names(in: path) else { return [:] }
        var records: [String: ServerRecord] = [:]
        for name in names where name.hasSuffix(Self.recordSuffix) {
            let file = Path.join(path, name)
            let bytes = try? Files.read(file, bytesMax: ServerRecord.fileBytesMax)
            if let record = bytes.flatMap(ServerRecord.init) {
                records[Self.name(String(name.dropLast(Self.recordSuffix.count)))] = record
            } else {
                Files.removeIfPresent(file)
            }
        }
        return records
    }

    // MARK: Logs

    func log(of name: String) -> String {
        file(name, isOurs ? ".log" : ".\(ProcessFacts.id).log")
    }

    /// What the server before has said is kept beside it.
    func beginLog(of name: String) {
        let log = log(of: name)
        try? Files.rename(log, to: log + ".old")
    }

    /// A server that runs for months must not fill the disk: it goes on at the file's beginning.
    func limitLog(of name: String) {
        let log = log(of: name)
        guard let status = try? Files.status(log), status.bytes > Self.logBytesMax,
            let source = try? FileDescriptor.open(log, .write),
            let target = try? FileDescriptor.open(
                log + ".old", .write, creating: .ifMissing())
        else { return }
        try? Files.cut(target, to: 0)
        try? Files.copy(source, to: target)
        try? Files.cut(source, to: 0)
    }

    func lastLines(of name: String) -> [String] {
        let end = try? LineFile(path: log(of: name)).read(lastBytes: Self.logEndBytesMax)
        let lines = String(decoding: end ?? [], as: UTF8.self).split(separator: "\n")
        return lines.suffix(Self.logLinesMax).map { line in
            String(line.unicodeScalars.map { $0.value < 0x20 ? " " : Character($0) })
        }
    }

    // MARK: How long loading took

    func loadSeconds() -> [String: Double] {
        guard
            let bytes = try? Files.read(
                Path.join(path, Self.timesName), bytesMax: Self.timesBytesMax),
            let object = try? JSON(parsing: bytes).object
        else { return [:] }
        var seconds: [String: Double] = [:]
        for (name, value) in object { seconds[name] = value.number }
        return seconds
    }

    func write(loadSeconds: [String: Double]) {
        guard isOurs else { return }
        var object: JSONObject = [:]
        for (name, seconds) in loadSeconds.sorted(by: { $0.key < $1.key }) {
            object[name] = .number(seconds)
        }
        // Only for a guess of how long loading takes.
        try? Files.replace(
            Path.join(path, Self.timesName), with: JSON.object(object).serialized())
    }

    // MARK: Names

    private func file(_ name: String, _ suffix: String) -> String {
        Path.join(path, Self.fileName(name) + suffix)
    }

    /// Any name makes a name of a file, and two never the same.
    static func fileName(_ name: String) -> String {
        var text = ""
        for byte in name.utf8 {
            let isPlain =
                (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte)
                || (0x41...0x5A).contains(byte) || byte == 0x2D
            if isPlain {
                text.append(Character(Unicode.Scalar(byte)))
            } else {
                text += "_" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
        }
        return text
    }

    static func name(_ fileName: String) -> String {
        var bytes: [UInt8] = []
        var rest = fileName.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "_") else {
                bytes.append(byte)
                continue
            }
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            rest = rest.dropFirst(2)
            bytes.append(UInt8(digits, radix: 16) ?? UInt8(ascii: "?"))
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
