/// Structures of the contract begin with their size and grow at their end.
enum SizedTable {
    /// A copy of a structure as this side knows it: what the other side's version lacks is zero,
    /// what it has beyond ours is left out. `sizeOffset` is where the structure keeps its size.
    @unsafe static func copy<Table: BitwiseCopyable>(
        _ pointer: UnsafeRawPointer, sizeOffset: Int = 0
    ) -> Table {
        let size = unsafe Int(pointer.loadUnaligned(fromByteOffset: sizeOffset, as: UInt32.self))
        return unsafe withUnsafeTemporaryAllocation(
            byteCount: MemoryLayout<Table>.size, alignment: MemoryLayout<Table>.alignment
        ) { space in
            guard let start = space.baseAddress else { preconditionFailure("an empty structure") }
            unsafe start.initializeMemory(as: UInt8.self, repeating: 0, count: space.count)
            unsafe start.copyMemory(from: pointer, byteCount: min(size, space.count))
            return unsafe start.load(as: Table.self)
        }
    }
}
