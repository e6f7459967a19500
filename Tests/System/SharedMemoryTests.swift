import Glibc
import KernelSystem
import Testing

struct SharedMemoryTests {
    @Test(arguments: [0, 1, 4_096, 300_001])
    func `what was put in is taken out`(count: Int) throws {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let file = try SharedMemory.file(holding: bytes)
        #expect(try SharedMemory.bytes(of: file, bytesMax: 1 << 20) == bytes)
        // From wherever the file is read: the reader's place in it does not matter.
        #expect(try SharedMemory.bytes(of: file, bytesMax: 1 << 20) == bytes)
    }

    @Test func `more than is allowed is refused before it is read`() throws {
        let file = try SharedMemory.file(holding: [UInt8](repeating: 7, count: 100))
        #expect(try SharedMemory.bytes(of: file, bytesMax: 100).count == 100)
        #expect(throws: SystemError.self) { try SharedMemory.bytes(of: file, bytesMax: 99) }
    }

    @Test func `nobody can write to it, lengthen it or cut it once it is made`() throws {
        let file = try SharedMemory.file(holding: [1, 2, 3])
        var byte: UInt8 = 9
        #expect(pwrite(file.raw, &byte, 1, 0) == -1 && errno == EPERM)
        #expect(ftruncate(file.raw, 1) == -1 && errno == EPERM)
        #expect(ftruncate(file.raw, 100) == -1 && errno == EPERM)
        #expect(try SharedMemory.bytes(of: file, bytesMax: 3) == [1, 2, 3])
    }

    @Test func `a file that cannot be measured is an error`() throws {
        let pipe = try Pipe()
        #expect(throws: SystemError.self) {
            try SharedMemory.bytes(of: pipe.reader, bytesMax: 1 << 20)
        }
    }
}
