package import KernelBase

extension ElfContents {
    /// Of a file that is kept open as long as its contents are looked at. `count` is the size of
    /// the whole file, of which only the beginning may be there.
    package convenience init(
        of file: borrowing FileDescriptor, count: Int, windowBytes: Int = 4_096
    ) {
        let number = file.raw
        self.init(count: count, windowBytes: windowBytes) { (range) throws(ElfProblem) in
            var bytes = [UInt8](repeating: 0, count: range.count)
            do throws(SystemError) {
                let count = try FileDescriptor.read(number, into: &bytes, at: range.lowerBound)
                bytes.removeLast(bytes.count - count)
            } catch {
                throw ElfProblem("\(error)")
            }
            return bytes
        }
    }
}
