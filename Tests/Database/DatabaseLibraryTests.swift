import KernelDatabase
import Testing

struct DatabaseLibraryTests {
    @Test func `the library has a version`() { #expect(DatabaseLibrary.version > "3.40") }
}
