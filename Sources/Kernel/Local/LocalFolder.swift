import KernelSystem
import ModuleJSON

/// The files that tell of servers, in a folder of the kernel's state. One process at a time has the
/// folder itself; another beside it (two commands without a kernel) has one of those in it. What a
/// process that is gone has left is taken over by the next that comes.
final class LocalFolder: Sendable {
    /// Where logs and records are written.
    private let path: String
    /// The folder of all, which knows how long loading takes.
    private let root: String
    private let lock: FileLock

    private static let recordSuffix = ".server"
    private static let besideName = "beside"
    /// Processes at once, each with servers of its own.
    private static let besideMax = 64
    private static let timesName = "load-seconds.json"
    private static let timesBytesMax = 1 << 20
    private static let logBytesMax = 4 << 20
    static let logLinesMax = 200
    private static let logEndBytesMax = 64 << 10

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    init(_ root: String) throws {
        self.root = root
        let places = [root] + (1...Self.besideMax).map { Self.beside(root, "\($0)") }
        for place in places {
            try Files.makeDirectories(place)
            // Somebody who lives has it.
            guard let lock = try Self.lock(place) else { continue }
            path = place
            self.lock = lock
            return
        }
        throw Failure(
            description: "\(Self.besideMax) other processes have servers of models in \(root)")
    }

    /// Nil: somebody who lives has it.
    private static func lock(_ folder: String) throws -> FileLock? {
        do throws(FileLock.Failure) {
            return try FileLock(Path.join(folder, "lock"))
        } catch {
            switch error {
            case .held: return nil
            case .system(let problem): throw problem
            }
        }
    }

    private static func beside(_ root: String, _ name: String) -> String {
        Path.join(Path.join(root, besideName), name)
    }

    private static func folders(_ root: String) -> [String] {
        let names = (try? Files.names(in: Path.join(root, besideName))) ?? []
        return [root] + names.sorted().map { beside(root, $0) }
    }

    private static func recordNames(_ folder: String) -> [String] {
        ((try? Files.names(in: folder)) ?? []).filter { $0.hasSuffix(recordSuffix) }.sorted()
    }

    // MARK: Records

    /// Of any process, also of one that lives.
    static func hasRecords(_ root: String) -> Bool {
        folders(root).contains { !recordNames($0).isEmpty }
    }

    func write(_ record: ServerRecord, of name: String) throws(SystemError) {
        try Files.replace(recordFile(name, record.process), with: record.bytes)
    }

    func forget(_ name: String, process: Int32) {
        Files.removeIfPresent(recordFile(name, process))
    }

    /// Two servers may have a model of one name, of two processes that have left them.
    private func recordFile(_ name: String, _ process: Int32) -> String {
        file(name, ".\(process)\(Self.recordSuffix)")
    }

    /// What processes that are gone have written, with the names of the models: it is this one's
    /// from now on. What cannot be read is removed: nothing can be done with it.
    func takeOver() -> [(name: String, record: ServerRecord)] {
        for folder in Self.folders(root) where folder != path {
            let names = Self.recordNames(folder)
            // Held as long as what is in it is moved.
            guard !names.isEmpty, let lock = try? Self.lock(folder) else { continue }
            for name in names { move(name, from: folder) }
            _ = consume lock
        }
        return Self.recordNames(path).compactMap { name in
            let file = Path.join(path, name)
            let bytes = try? Files.read(file, bytesMax: ServerRecord.fileBytesMax)
            guard let record = bytes.flatMap(ServerRecord.init) else {
                Files.removeIfPresent(file)
                return nil
            }
            return (Self.name(String(name.prefix { $0 != "." })), record)
        }
    }

    /// A record, and the log that its server goes on writing to.
    private func move(_ record: String, from folder: String) {
        let log = String(record.prefix { $0 != "." }) + ".log"
        let (old, new) = (Path.join(folder, log), Path.join(path, log))
        if Files.exists(old) {
            try? Files.rename(new, to: new + ".old")
            try? Files.rename(old, to: new)
        }
        try? Files.rename(Path.join(folder, record), to: Path.join(path, record))
    }

    // MARK: Logs

    func log(of name: String) -> String { file(name, ".log") }

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
                Path.join(root, Self.timesName), bytesMax: Self.timesBytesMax),
            let object = try? JSON(parsing: bytes).object
        else { return [:] }
        var seconds: [String: Double] = [:]
        for (name, value) in object { seconds[name] = value.number }
        return seconds
    }

    func write(loadSeconds: [String: Double]) {
        var object: JSONObject = [:]
        for (name, seconds) in loadSeconds.sorted(by: { $0.key < $1.key }) {
            object[name] = .number(seconds)
        }
        // Only for a guess of how long loading takes.
        try? Files.replace(
            Path.join(root, Self.timesName), with: JSON.object(object).serialized())
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
