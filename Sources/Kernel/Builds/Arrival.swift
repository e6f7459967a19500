import KernelSystem

/// A private copy of what will be mapped of a module's file, judged by its structure, and not kept
/// yet: unless it is, it goes with this value.
package struct Arrival: ~Copyable {
    private let place: Place
    /// What the file looked like when it was copied.
    let source: FileStatus
    let elf: ElfFile

    package var path: String { place.path }

    /// A file that is to be copied, and the place that its copy has already.
    package struct Begun: ~Copyable {
        let place: Place
        let source: String
        let status: FileStatus
        let input: FileDescriptor
        let output: FileDescriptor
        let mappedBytes: Int

        package var path: String { place.path }

        consuming func ended(_ elf: ElfFile) -> Arrival {
            Arrival(place: place, source: status, elf: elf)
        }
    }

    struct Place: ~Copyable {
        let path: String

        deinit {
            Files.removeIfPresent(path)
        }
    }
}
