package import KernelBase
package import KernelSandbox

/// What a worker is told about the module that it is to hold.
package struct OpenRequest: Sendable {
    package var path: String
    /// Watch for breaches of the contract, and tell of them.
    package var watchesContract: Bool
    /// A task that keeps the main loop busy for longer is told of; 0: none is.
    package var mainSlowMilliseconds: UInt64 = 0
    /// Raised before the library is opened.
    package var walls: Walls

    package init(path: String, watchesContract: Bool, walls: Walls) {
        self.path = path
        self.watchesContract = watchesContract
        self.walls = walls
    }

    package var bytes: [UInt8] {
        var writer = ByteWriter()
        writer.write(path)
        writer.write(watchesContract)
        writer.write(mainSlowMilliseconds)
        walls.write(to: &writer)
        return writer.bytes
    }

    package init(_ bytes: [UInt8]) throws {
        var reader = ByteReader(bytes)
        path = try reader.text()
        watchesContract = try reader.flag()
        mainSlowMilliseconds = try reader.number()
        walls = try Walls(from: &reader)
    }
}

/// A state with the version of its schema.
package struct SavedState: Sendable, Hashable {
    package var version: UInt32
    package var bytes: [UInt8]

    package init(version: UInt32, bytes: [UInt8]) {
        self.version = version
        self.bytes = bytes
    }
}

/// The steps between an opened library and an instance that can serve.
package struct SetUpRequest: Sendable {
    /// Nil: the instance is configured later.
    package var configuration: ModuleConfiguration?
    package var state: SavedState?
    package var testsItself: Bool
    package var starts: Bool
    /// The module's own folder; nil where nothing is kept.
    package var stateFolder: String?
    /// The kernel hears the worker at any time, and not only while it waits for an answer.
    package var isHeard = false

    package init(
        configuration: ModuleConfiguration?, state: SavedState?, testsItself: Bool, starts: Bool,
        stateFolder: String? = nil
    ) {
        self.configuration = configuration
        self.state = state
        self.testsItself = testsItself
        self.starts = starts
        self.stateFolder = stateFolder
    }

    package var bytes: [UInt8] {
        var writer = ByteWriter(reserving: 256)
        writer.write(configuration != nil)
        if let configuration {
            writer.write(configuration.own)
            writer.write(configuration.user)
        }
        writer.write(state != nil)
        if let state {
            writer.write(state.version)
            writer.write(state.bytes)
        }
        writer.write(testsItself)
        writer.write(starts)
        writer.write(stateFolder ?? "")
        writer.write(isHeard)
        return writer.bytes
    }

    package init(_ bytes: [UInt8]) throws {
        var reader = ByteReader(bytes)
        if try reader.flag() {
            configuration = ModuleConfiguration(own: try reader.part(), user: try reader.part())
        }
        if try reader.flag() {
            state = SavedState(version: try reader.number(), bytes: try reader.part())
        }
        testsItself = try reader.flag()
        starts = try reader.flag()
        let folder = try reader.text()
        stateFolder = folder.isEmpty ? nil : folder
        isHeard = try reader.flag()
    }
}
