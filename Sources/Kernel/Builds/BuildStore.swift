import KernelBase
package import KernelSystem

/// A module's file as it was taken in: a private copy that nobody else writes to.
package struct Build: Sendable, Hashable {
    /// SHA-256 of what is mapped of the file, in hexadecimal: debug information makes no other
    /// build.
    package let hash: String
    /// Where the copy is.
    package let path: String
    /// What the source looked like when it was copied.
    package let source: FileStatus
    package let writableBytes: Int
    /// Up to here the file is mapped.
    package let mappedBytes: Int
    /// The names of what it is linked to.
    package let libraries: [String]

    package init(
        hash: String, path: String, source: FileStatus, writableBytes: Int, mappedBytes: Int,
        libraries: [String]
    ) {
        self.hash = hash
        self.path = path
        self.source = source
        self.writableBytes = writableBytes
        self.mappedBytes = mappedBytes
        self.libraries = libraries
    }

    /// Enough of the hash for a person to tell two builds apart.
    package var shortHash: String { String(hash.prefix(8)) }
}

/// Why a file was not taken in.
package enum IngestFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// The file is not a module that could be mapped: the builder has to do something.
    case unfit(String)
    /// The file is being written at this moment: it is looked at again soon.
    case changing
    /// The store or the file cannot be used: the machine's owner has to do something.
    case storage(String)

    package var description: String {
        switch self {
        case .unfit(let reason), .storage(let reason): reason
        case .changing: "it is being written"
        }
    }
}

/// The private, content-addressed copies of every module that was taken in. What is mapped is
/// always such a copy, never the file that a developer's tools write to.
package struct BuildStore: Sendable {
    package let folder: String
    /// Asked for with the first file: to know this machine's takes a while.
    private let policy: @Sendable () -> LibraryPolicy

    /// A larger file is not a module.
    package static let bytesMax = 512 << 20

    package init(folder: String) {
        self.init(folder: folder, policy: { .ofThisMachine })
    }

    private init(folder: String, policy: @escaping @Sendable () -> LibraryPolicy) {
        self.folder = folder
        self.policy = policy
    }

    init(folder: String, policy: LibraryPolicy) {
        self.init(folder: folder, policy: { policy })
    }

    /// Takes a file in at once.
    package func ingest(_ source: String) throws(IngestFailure) -> Build {
        try keep(try fill(try begin(source)))
    }

    /// Makes room for a copy of a file, which may be opened as soon as it has been filled.
    package func begin(_ source: String) throws(IngestFailure) -> Arrival.Begun {
        let input = try open(source)
        let status = try Self.status(of: input)
        let place = Arrival.Place(
            path: Path.join(folder, "incoming-\(SystemThread.currentID)"))
        let mappedBytes: Int
        do throws(ElfFile.Problem) {
            mappedBytes = try Self.judged(input, size: Int(status.bytes)).mappedBytes
        } catch {
            // A file that is being written is not judged by the part that is there.
            throw Self.isStill(source, as: status) ? .unfit(error.description) : .changing
        }
        do throws(SystemError) {
            try Files.makeDirectories(folder)
            guard Files.allowsExecution(folder) else { throw noExecution }
            Files.removeIfPresent(place.path)
            let output = try FileDescriptor.open(place.path, .write, creating: .always(0o700))
            return Arrival.Begun(
                place: place, source: source, status: status, input: input, output: output,
                mappedBytes: mappedBytes)
        } catch {
            throw Self.failure(error)
        }
    }

    /// Copies what will be mapped of the file, and judges the copy by its structure: it may be
    /// tried in a process of its own while it is found out which build it is. The debug information
    /// behind that, which is most of the file, is left for `complete`. The copy is judged, not the
    /// source, which may change between a look and a copy; only how much is to be copied is asked
    /// of that.
    package func fill(_ begun: consuming Arrival.Begun) throws(IngestFailure) -> Arrival {
        let count: Int
        do throws(SystemError) {
            count = try Self.copy(begun.input, to: begun.output, first: begun.mappedBytes)
        } catch {
            throw Self.failure(error)
        }
        guard Self.isStill(begun.source, as: begun.status) else { throw .changing }
        do throws(ElfFile.Problem) {
            let elf = try Self.judged(begun.output, size: Int(begun.status.bytes))
            guard elf.mappedBytes == count else { throw ElfFile.Problem("it is cut short") }
            return begun.ended(elf)
        } catch {
            throw .unfit(error.description)
        }
    }

    private static func copy(
        _ input: borrowing FileDescriptor, to output: borrowing FileDescriptor, first count: Int
    ) throws(SystemError) -> Int {
        try Files.forEachPart(of: input, first: count) { (part) throws(SystemError) in
            try output.write(part)
        }
    }

    private static func isStill(_ path: String, as status: FileStatus) -> Bool {
        (try? Files.status(path))?.isSameContent(as: status) ?? false
    }

    /// Finds out which build it is and whether this machine has what it needs, and keeps it under
    /// its hash. The copy stays where it is too, for whoever is opening it.
    package func keep(_ arrival: borrowing Arrival) throws(IngestFailure) -> Build {
        let elf = arrival.elf
        if let problem = policy().problem(elf) { throw .unfit(problem) }
        let hash: String
        do {
            hash = try Self.digest(of: arrival.path, elf.mappedBytes)
        } catch let error as SystemError {
            throw Self.failure(error)
        } catch {
            throw .storage("\(error)")
        }
        let path = Path.join(Path.join(folder, hash), Self.fileName)
        try keep(arrival.path, at: path, elf.mappedBytes)
        return Build(
            hash: hash, path: path, source: arrival.source, writableBytes: elf.writableBytes,
            mappedBytes: elf.mappedBytes, libraries: elf.needed)
    }

    private var noExecution: SystemError {
        SystemError("map modules from the store", "\(folder), which is mounted noexec", code: 13)
    }

    private func open(_ source: String) throws(IngestFailure) -> FileDescriptor {
        do {
            return try FileDescriptor.open(source, .read, extraFlags: Self.nonBlocking)
        } catch {
            switch error.code {
            case 2: throw .changing  // Gone between the hint and the look.
            case 13: throw .unfit("\(error): make it readable")
            default: throw Self.failure(error)
            }
        }
    }

    private static func status(
        of input: borrowing FileDescriptor
    ) throws(IngestFailure) -> FileStatus {
        let status: FileStatus
        do {
            status = try Files.status(of: input)
        } catch {
            throw failure(error)
        }
        guard status.kind == .file else {
            throw .unfit("it is a folder, a pipe or a device, not a file")
        }
        guard status.bytes <= bytesMax else {
            throw .unfit("it has \(status.bytes) bytes, more than \(bytesMax)")
        }
        return status
    }

    /// `size` is that of the whole file, of which only the beginning may be there.
    private static func judged(
        _ file: borrowing FileDescriptor, size: Int
    ) throws(ElfFile.Problem) -> ElfFile {
        try ElfFile(checking: ElfReader(ElfContents(of: file, count: size)))
    }

    /// Opening a pipe that somebody named like a module must not wait for its writer.
    private static let nonBlocking: Int32 = 0o4000

    /// One that is there already is used again if it is whole.
    private func keep(
        _ copy: String, at path: String, _ mappedBytes: Int
    ) throws(IngestFailure) {
        if Self.isSame(path, copy, first: mappedBytes) { return }
        do throws(SystemError) {
            try Files.makeDirectories(Path.directory(of: path))
            Files.removeIfPresent(path)
            if Files.link(copy, to: path) { return }
            // Not every file system knows two names of one file.
            let input = try FileDescriptor.open(copy, .read)
            let output = try FileDescriptor.open(path, .write, creating: .always(0o700))
            try Files.copy(input, to: output)
        } catch {
            throw Self.failure(error)
        }
    }

    /// False where one of them is missing or shorter, or cannot be read.
    private static func isSame(_ path: String, _ other: String, first count: Int) -> Bool {
        guard let file = try? FileDescriptor.open(path, .read),
            let other = try? FileDescriptor.open(other, .read)
        else { return false }
        var isSame = true
        var buffer: [UInt8] = []
        var position = 0
        let compared = try? Files.forEachPart(of: file, first: count) {
            (part) throws(SystemError) in
            if buffer.count < part.count { buffer = [UInt8](repeating: 0, count: part.count) }
            _ = try other.read(into: &buffer, at: position)
            isSame = isSame && part.elementsEqual(buffer.prefix(part.count))
            position += part.count
        }
        return isSame && compared == count
    }

    private static func digest(of path: String, _ mappedBytes: Int) throws -> String {
        let file = try FileDescriptor.open(path, .read)
        var digest = try Digest.Running()
        _ = try Files.forEachPart(of: file, first: mappedBytes) { (part) throws(SystemError) in
            digest.add(part)
        }
        return digest.finish()
    }

    /// Is the copy what it was when it was taken in? A power cut may have left a part of it, and
    /// mapping that would end the process.
    package func isWhole(_ build: Build) -> Bool {
        (try? Self.digest(of: build.path, build.mappedBytes)) == build.hash
    }

    /// Adds to the copy what the source has behind the part that is mapped, so that debuggers and
    /// reports of crashes find the names of functions. Nothing happens if the source is another
    /// file by now, or the copy has it already.
    package func complete(_ build: Build, from source: String) {
        guard let input = try? FileDescriptor.open(source, .read, extraFlags: Self.nonBlocking),
            Self.isSame(input, build.source),
            let output = try? FileDescriptor.open(build.path, .write),
            let present = try? Files.status(of: output), present.bytes == build.mappedBytes
        else { return }
        do throws(SystemError) {
            try Files.append(to: output, from: input, at: build.mappedBytes)
            if Self.isSame(input, build.source) { return }
        } catch {
            // Names of functions are worth no complaint: the module works without.
        }
        // What is mapped of it lies before this end.
        try? Files.cut(output, to: build.mappedBytes)
    }

    private static func isSame(_ file: borrowing FileDescriptor, _ status: FileStatus) -> Bool {
        (try? Files.status(of: file))?.isSameContent(as: status) ?? false
    }

    /// A second file with the same bytes: the loader would give the first one's mapping, with all
    /// its global variables, for a path that it has seen.
    package func duplicate(_ build: Build, number: UInt64) throws(IngestFailure) -> String {
        let path = Path.join(Path.directory(of: build.path), "module-\(number).so")
        do throws(SystemError) {
            Files.removeIfPresent(path)
            let input = try FileDescriptor.open(build.path, .read)
            let output = try FileDescriptor.open(
                path, .write, creating: .always(0o700))
            try Files.copy(input, to: output)
        } catch {
            throw Self.failure(error)
        }
        return path
    }

    /// Removes the file of an instance that has been freed, if it is a duplicate. What is mapped
    /// of it stays readable.
    package func removeDuplicate(_ path: String) {
        if Path.name(of: path) != Self.fileName { Files.removeIfPresent(path) }
    }

    private static let fileName = "module.so"

    /// Another kernel may have taken a build in and not have written its index yet.
    private static let cleanAfterNanoseconds: UInt64 = 3_600_000_000_000

    /// Removes every copy but those with these hashes and those that are new, and the duplicates
    /// that an earlier kernel has left. A copy that is mapped somewhere stays readable there.
    package func clean(keeping hashes: Set<String>) {
        let now = SystemClock.wallNanoseconds
        for name in (try? Files.names(in: folder)) ?? [] {
            let path = Path.join(folder, name)
            guard hashes.contains(name) else {
                if isOld(path, now) { try? Files.removeTree(path) }
                continue
            }
            for file in (try? Files.names(in: path)) ?? [] {
                let file = Path.join(path, file)
                if isOld(file, now) { removeDuplicate(file) }
            }
        }
    }

    private func isOld(_ path: String, _ now: UInt64) -> Bool {
        guard let status = try? Files.status(path) else { return false }
        return now > UInt64(clamping: status.changedNanoseconds) + Self.cleanAfterNanoseconds
    }

    private static func failure(_ error: SystemError) -> IngestFailure {
        switch error.code {
        // ENOSPC, EDQUOT
        case 28, 122: .storage("\(error): free some space, then touch the module's file")
        case 30: .storage("\(error): the kernel's state folder must be writable")  // EROFS
        case 23, 24: .storage("\(error): raise the limit of open files (ulimit -n)")  // ENFILE…
        case 13: .storage("\(error): choose another folder by XDG_STATE_HOME, or mend the mount")
        default: .storage("\(error)")
        }
    }
}
