package import KernelBase

/// What must be known of a shared library before the loader may be trusted with it: a library
/// that is cut short kills the process that opens it with SIGBUS, and one that needs a private
/// library gets whatever was loaded under that name before.
package struct ElfFile: Sendable, Hashable {
    package let needed: [String]
    /// DT_RPATH and DT_RUNPATH, split at the colons.
    package let searchPaths: [String]
    /// The bytes of memory that every mapped copy keeps for itself, rounded up to pages.
    package let writableBytes: Int
    /// Up to here the file is mapped; behind it lies what only debuggers read.
    let mappedBytes: Int

    /// Why a file is not a module that could be mapped here.
    package typealias Problem = ElfProblem
}

extension ElfFile {
    package init(checking bytes: [UInt8]) throws(Problem) {
        try self.init(checking: ElfReader(bytes))
    }

    init(checking reader: ElfReader) throws(Problem) {
        let segments = try reader.segments()
        try reader.checkExtents(segments)
        let dynamic = try reader.dynamicEntries(segments)
        guard !dynamic.isEmpty else {
            throw Problem("it has no dynamic section: it is not a shared library")
        }
        // DF_STATIC_TLS: initial-exec thread-local storage comes out of a small reserve of the
        // process, and is never given back: about the 27th reload would fail.
        let flags = dynamic.filter { $0.tag == ElfReader.Tag.flags }.map(\.value).first ?? 0
        guard flags & 0x10 == 0 else {
            throw Problem(
                "it uses initial-exec thread-local storage, which runs out after a few reloads: "
                    + "compile it with -ftls-model=global-dynamic")
        }
        // DF_1_PIE: a program that may be mapped anywhere looks like a library otherwise.
        let moreFlags = dynamic.filter { $0.tag == ElfReader.Tag.flags1 }.map(\.value).first ?? 0
        guard moreFlags & 0x0800_0000 == 0 else {
            throw Problem("it is a program, not a shared library")
        }
        let names = try reader.names(dynamic, segments)
        needed = names.filter { $0.tag == ElfReader.Tag.needed }.map(\.text)
        searchPaths =
            names
            .filter { $0.tag == ElfReader.Tag.runPath || $0.tag == ElfReader.Tag.oldRunPath }
            .flatMap { $0.text.split(separator: ":").map(String.init) }
        writableBytes =
            segments
            .filter { $0.isLoaded && $0.isWritable }
            .reduce(0) { $0 + $1.memoryPages * 4_096 }
        mappedBytes = reader.mappedBytes(segments)
    }
}
