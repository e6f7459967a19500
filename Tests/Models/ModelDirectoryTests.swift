import KernelTesting
import ModelTesting
import ModuleChat
import Testing

@testable import KernelLists
@testable import KernelModels

struct ModelDirectoryTests {
    private static func endpoint(_ base: String = "http://a.example") -> ModelEndpoint {
        ModelEndpoint(name: "lines", module: "lines", preset: "lines", base: base)
    }

    private static func use(_ endpoint: ModelEndpoint, _ directory: ModelDirectory) {
        var setup = ModelSetup()
        setup.endpoints["lines"] = endpoint
        directory.use(setup)
    }

    @Test(.timeLimit(.minutes(1))) func `a list of 60,000 models is cut, and soon looked through`()
        throws
    {
        let folder = try TemporaryFolder("models")
        let file = folder.file("models")
        let endpoint = Self.endpoint()
        let directory = ModelDirectory(providers: LineProvider(), cacheFolder: file)
        Self.use(endpoint, directory)
        directory.learned(
            ListedModels((0..<60_000).map { ModelInfo(id: "m\($0)") }), of: endpoint)
        #expect(directory.listings().count == 5_000)
        let leftOut = directory.leftOut(endpoint)
        #expect(
            ListedModels.sentence(leftOut)
                == "55,000 beyond the first 5,000: name those that are wanted with models = […] in "
                + "its table (m5000, …)")
        #expect(try directory.targets(for: "m17").first?.info.id == "m17")
        #expect(throws: ModelNotFound.self) { try directory.targets(for: "nowhere") }
        let again = ModelDirectory(providers: LineProvider(), cacheFolder: file)
        Self.use(endpoint, again)
        #expect(again.listings().count == 5_000 && again.leftOut(endpoint) == leftOut)
    }

    @Test func `what one server has said is not believed of another`() throws {
        let folder = try TemporaryFolder("models")
        let directory = ModelDirectory(
            providers: LineProvider(), cacheFolder: folder.file("models"))
        Self.use(Self.endpoint(), directory)
        directory.learned(ListedModels([ModelInfo(id: "old")]), of: Self.endpoint())
        let reference = ModelReference(provider: "lines", model: "old")
        var details = ModelInfo(id: "old")
        details.windowTokens = 4_096
        directory.learned(details, of: reference, at: Self.endpoint())
        #expect(directory.listings().first?.info.windowTokens == 4_096)
        let moved = Self.endpoint("http://b.example")
        Self.use(moved, directory)
        #expect(directory.listings().isEmpty && directory.listedSeconds(moved) == nil)
        #expect(try directory.targets(for: "lines/old").first?.info.windowTokens == nil)
        #expect(directory.learnedNanoseconds(reference, at: moved) == nil)
    }

    @Test func `two kernels with one cache folder keep each other's lists`() throws {
        let folder = try TemporaryFolder("models")
        func kernel() -> ModelDirectory {
            ModelDirectory(providers: LineProvider(), cacheFolder: folder.file("models"))
        }
        let here = Self.endpoint("http://a.example")
        let there = Self.endpoint("http://b.example")
        let (one, other) = (kernel(), kernel())
        one.learned(ListedModels([ModelInfo(id: "first")]), of: here)
        other.learned(ListedModels([ModelInfo(id: "second")]), of: there)
        one.learned(ListedModels([ModelInfo(id: "third")]), of: here)
        // Another table of the same server is another list too.
        var table = here
        table.name = "also"
        other.learned(ListedModels([ModelInfo(id: "fourth")]), of: table)
        let next = kernel()
        Self.use(here, next)
        #expect(next.listings().map(\.info.id) == ["third"])
        Self.use(there, next)
        #expect(next.listings().map(\.info.id) == ["second"])
        #expect(next.listedSeconds(table) != nil)
    }

    @Test func `what a model was learnt to be is forgotten with its server`() throws {
        let folder = try TemporaryFolder("models")
        let directory = ModelDirectory(
            providers: LineProvider(), cacheFolder: folder.file("models"))
        Self.use(Self.endpoint(), directory)
        let reference = ModelReference(provider: "lines", model: "m")
        var details = ModelInfo(id: "m")
        details.windowTokens = 4_096
        directory.learned(details, of: reference, at: Self.endpoint())
        directory.forget(reference)
        #expect(try directory.targets(for: "lines/m").first?.info.windowTokens == nil)
    }
}
