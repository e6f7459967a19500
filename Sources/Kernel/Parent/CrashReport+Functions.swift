extension CrashReport {
    /// Looks up the names of functions on the stack that have none yet, in the files that `wants`
    /// names by path.
    mutating func nameFunctions(in wants: (String) -> Bool) {
        let nameless = stack.indices.filter { stack[$0].symbol == nil }
        let files = Set(nameless.compactMap { stack[$0].image }.filter { $0.hasPrefix("/") })
        for file in files where wants(file) {
            guard let table = SymbolTable(file) else { continue }
            let frames = nameless.filter { stack[$0].image == file }
            let names = table.names(ofFileOffsets: frames.compactMap { stack[$0].fileOffset })
            for frame in frames {
                guard let offset = stack[frame].fileOffset else { continue }
                stack[frame].symbol = names[offset]
            }
        }
    }
}

extension CrashReport.Frame {
    fileprivate var fileOffset: UInt64? {
        offset.flatMap { UInt64($0.dropFirst(2), radix: 16) }
    }
}
