import Glibc

@testable import FilesystemLogic

/// A temporary folder with `work`, the allowed root, `outside`, which is not, and `journal`.
final class Scratch {
    let path: String

    init() {
        var template = Array("/tmp/kernel-fs-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { fatalError("no temporary folder: \(errno)") }
        path = String(cString: made)
        for name in ["work", "outside"] { makeFolder(name) }
    }

    deinit {
        Self.remove(RawPath(bytes: Array(path.utf8)))
    }

    static let isRoot = geteuid() == 0

    var work: String { "\(path)/work" }
    var journalPath: RawPath { RawPath(text: "\(path)/journal") }

    func roots(
        _ names: [String] = ["work"], hidden: Bool = false, asksSystem: Bool = true
    ) throws -> Roots {
        try Roots(
            names.map { RawPath(text: "\(path)/\($0)") },
            protection: Protection(allowsHidden: hidden, closed: [journalPath]),
            home: RawPath(text: work), asksSystem: asksSystem)
    }

    func changer(
        entriesMax: Int = 500, bytesMax: Int = 1 << 20, roots names: [String] = ["work"],
        onStep: @escaping @Sendable (Journal.Step) -> Void = { _ in }
    ) throws -> Changer {
        let journal = Journal(
            path: journalPath, entriesMax: entriesMax, bytesMax: bytesMax, onStep: onStep)
        return Changer(roots: try roots(names), journal: journal, pulse: Pulse())
    }

    // MARK: Names are relative to the temporary folder.

    func makeFolder(_ name: String) {
        expectZero(mkdir("\(path)/\(name)", 0o755))
    }

    func write(_ name: String, _ text: String) {
        write(Array(name.utf8), Array(text.utf8))
    }

    func write(_ name: [UInt8], _ bytes: [UInt8]) {
        let whole = (Array("\(path)/".utf8) + name).map { CChar(bitPattern: $0) } + [0]
        let file = open(whole, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        precondition(file >= 0, "cannot write \(name): \(errno)")
        precondition(bytes.isEmpty || Glibc.write(file, bytes, bytes.count) == bytes.count)
        close(file)
    }

    func read(_ name: String) -> String? {
        let file = open("\(path)/\(name)", O_RDONLY)
        if file < 0 { return nil }
        defer { close(file) }
        var result: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(file, &piece, piece.count)
            if count <= 0 { return String(decoding: result, as: UTF8.self) }
            result += piece[..<count]
        }
    }

    func link(_ name: String, to target: String) {
        expectZero(symlink(target, "\(path)/\(name)"))
    }

    func mode(_ name: String) -> UInt32 {
        var raw = stat()
        expectZero(stat("\(path)/\(name)", &raw))
        return raw.st_mode & 0o7777
    }

    func setMode(_ name: String, _ mode: UInt32) {
        expectZero(chmod("\(path)/\(name)", mode))
    }

    func names(_ folder: String) throws -> [String] {
        let folder = try Door.openFolder(at: RawPath(text: "\(path)/\(folder)"))
        let reader = try FolderReader(try Door.open(folder, Place.itself, to: .list))
        var names: [String] = []
        while let entry = try reader.next() { names.append(RawPath.text(of: entry.name)) }
        return names.sorted()
    }

    private func expectZero(_ result: CInt) {
        precondition(result == 0, "errno \(errno)")
    }

    static func remove(_ path: RawPath) {
        var raw = stat()
        guard lstat(path.terminated, &raw) == 0 else { return }
        if raw.st_mode & S_IFMT == S_IFDIR {
            chmod(path.terminated, 0o700)
            if let stream = opendir(path.terminated) {
                var names: [[UInt8]] = []
                while let entry = readdir(stream) {
                    // In place: an entry is shorter than the type of its name.
                    let name = withUnsafePointer(to: &entry.pointee.d_name) {
                        $0.withMemoryRebound(to: UInt8.self, capacity: 256) { start in
                            Array(UnsafeBufferPointer(start: start, count: 256).prefix { $0 != 0 })
                        }
                    }
                    if name != [0x2E] && name != [0x2E, 0x2E] { names.append(name) }
                }
                closedir(stream)
                for name in names { remove(RawPath(root: path, components: [name])) }
            }
            rmdir(path.terminated)
        } else {
            unlink(path.terminated)
        }
    }
}

/// The fault that `body` throws, or nil.
func fault(_ body: () throws -> Void) -> Fault? {
    do {
        try body()
        return nil
    } catch {
        return error as? Fault
    }
}
