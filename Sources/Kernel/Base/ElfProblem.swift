/// Why a file is not the ELF file that is wanted.
package struct ElfProblem: Error, Sendable, Hashable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
