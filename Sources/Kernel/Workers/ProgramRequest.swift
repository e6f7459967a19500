import KernelBase
package import KernelSandbox

/// What a worker is told that is to become a program.
package struct ProgramRequest: Sendable {
    /// An absolute path without links.
    package var program: String
    package var arguments: [String]
    package var folder: String
    /// What it reads.
    package var input: [UInt8]
    /// Where it may keep what is needed for a while; nil: nowhere.
    package var scratchFolder: String?
    package var walls: Walls

    private static let argumentsMax = 65_536

    package init(program: String, walls: Walls) {
        self.program = program
        arguments = []
        folder = "/"
        input = []
        self.walls = walls
    }

    package var bytes: [UInt8] {
        var writer = ByteWriter(reserving: input.count + 4_096)
        writer.write(program)
        writer.write(UInt32(arguments.count))
        for argument in arguments { writer.write(argument) }
        writer.write(folder)
        writer.write(input)
        writer.write(scratchFolder ?? "")
        walls.write(to: &writer)
        return writer.bytes
    }

    package init(_ bytes: [UInt8]) throws {
        var reader = ByteReader(bytes)
        program = try reader.text()
        let count = Int(try reader.number(UInt32.self))
        guard count <= Self.argumentsMax else { throw ByteReader.Truncated() }
        arguments = []
        for _ in 0..<count { arguments.append(try reader.text()) }
        folder = try reader.text()
        input = try reader.part()
        let scratch = try reader.text()
        scratchFolder = scratch.isEmpty ? nil : scratch
        walls = try Walls(from: &reader)
    }
}
