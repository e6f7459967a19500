import KernelHTTP
import KernelSystem
import ModuleChat
import Testing

@testable import KernelModels

@Suite struct EndpointDeskTests {
    private static let second: UInt64 = 1_000_000_000
    private static let down = ChatFailure(.server, "down")

    private static func endpoint(
        _ base: String = "http://one", keys: [String] = []
    ) -> ModelEndpoint {
        var endpoint = ModelEndpoint(name: "one", module: "lines", preset: "lines", base: base)
        endpoint.keys = keys
        return endpoint
    }

    private static func entered(
        _ desk: EndpointDesk, _ endpoint: ModelEndpoint, now: UInt64,
        whenTried: @escaping @Sendable () -> Void = {}
    ) -> EndpointDesk.Pass? {
        guard case .entered(let pass) = desk.enter(endpoint, now: now, whenTried: whenTried)
        else { return nil }
        return pass
    }

    private static func shutOff(_ desk: EndpointDesk, _ endpoint: ModelEndpoint) throws {
        for _ in 0..<5 {
            let pass = try #require(entered(desk, endpoint, now: second))
            desk.failed(pass, key: 0, down, now: second)
        }
        #expect(entered(desk, endpoint, now: 2 * second) == nil)
    }

    @Test func `who changes what may be the cause begins anew, and who has not does not`() throws {
        let desk = EndpointDesk()
        let before = Self.endpoint(keys: ["a", "b"])
        try Self.shutOff(desk, before)
        var patient = before
        patient.limits.totalSeconds = 20
        #expect(Self.entered(desk, patient, now: 2 * Self.second) == nil)
        let changes: [(inout ModelEndpoint) -> Void] = [
            { $0.base = "http://two" }, { $0.keys = ["c"] }, { $0.proxy = .url("http://proxy") },
            { $0.module = "other" },
        ]
        for change in changes {
            var after = before
            change(&after)
            let pass = try #require(Self.entered(desk, after, now: 2 * Self.second))
            desk.worked(pass, key: 0)
            // A question that still runs with what was before changes nothing for the others.
            desk.failed(before, key: 1, ChatFailure(.rateLimit, ""), now: 2 * Self.second)
            #expect(Self.entered(desk, after, now: 2 * Self.second) != nil)
            #expect(Self.entered(desk, before, now: 2 * Self.second) == nil)
        }
    }

    @Test func `an order that is no chat and works ends what failed in a row`() {
        let desk = EndpointDesk()
        let endpoint = Self.endpoint()
        for _ in 0..<3 {
            for _ in 0..<4 { desk.failed(endpoint, key: 0, Self.down, now: Self.second) }
            #expect(desk.refusal(of: endpoint, now: Self.second) == nil)
            desk.worked(endpoint, key: 0)
        }
        for _ in 0..<5 { desk.failed(endpoint, key: 0, Self.down, now: Self.second) }
        #expect(desk.refusal(of: endpoint, now: Self.second) != nil)
    }

    @Test func `what comes of a trial is told to those who wait, once`() throws {
        let ends: [(EndpointDesk, EndpointDesk.Pass) -> Void] = [
            { $0.saidNothing($1) }, { $0.worked($1, key: 0) },
            { $0.failed($1, key: 0, Self.down, now: 20 * Self.second) },
        ]
        for end in ends {
            let desk = EndpointDesk()
            let endpoint = Self.endpoint()
            let told = Condition<[Int]>([])
            try Self.shutOff(desk, endpoint)
            let trial = try #require(Self.entered(desk, endpoint, now: 20 * Self.second))
            for number in 0..<2 {
                let other = Self.entered(desk, endpoint, now: 20 * Self.second) {
                    told.withLock { $0.append(number) }
                }
                #expect(other == nil)
            }
            end(desk, trial)
            #expect(told.withLock { $0 } == [0, 1])
            end(desk, trial)
            #expect(told.withLock { $0 } == [0, 1])
        }
    }

    @Test(arguments: [(1, 0), (2, 1)])
    func `of several keys one that met a limit rests a second at least`(
        count: Int, seconds: UInt64
    ) {
        let desk = EndpointDesk()
        let endpoint = Self.endpoint(keys: Array(["a", "b"].prefix(count)))
        let limit = ChatFailure(.rateLimit, "slow", retryAfterSeconds: 0)
        desk.failed(endpoint, key: 0, limit, now: Self.second)
        let rest = desk.keys(of: endpoint).rest(of: 0, now: Self.second)
        #expect((rest?.untilNanoseconds ?? Self.second) == (1 + seconds) * Self.second)
    }

    @Test func `so many servers are remembered, and those in use longest`() throws {
        let desk = EndpointDesk()
        let used = Self.endpoint("http://used")
        try Self.shutOff(desk, used)
        for number in 0..<200 {
            _ = desk.keys(of: Self.endpoint("http://\(number)"))
            #expect(desk.refusal(of: used, now: 2 * Self.second) != nil)
        }
        for number in 0..<64 { _ = desk.keys(of: Self.endpoint("http://\(number)")) }
        #expect(desk.refusal(of: used, now: 2 * Self.second) == nil)
    }

    @Test func `a limit of one model is none of the others, a refused key is refused for all`() {
        let desk = EndpointDesk()
        var endpoint = ModelEndpoint(name: "p", module: "m", preset: "m", base: "http://h")
        endpoint.keys = ["k1", "k2"]
        let limit = ChatFailure(.rateLimit, "slow", retryAfterSeconds: 30)
        for key in 0..<2 {
            guard
                case .entered(let pass) = desk.enter(endpoint, model: "day", now: 1, whenTried: {})
            else {
                Issue.record("not let in")
                return
            }
            desk.failed(pass, key: key, limit, now: 1)
        }
        #expect(desk.keys(of: endpoint, model: "day").next(without: [], now: 2) == nil)
        #expect(desk.keys(of: endpoint, model: "ok").next(without: [], now: 2) == 0)
        desk.failed(endpoint, key: 0, ChatFailure(.authentication, "no"), now: 2)
        #expect(desk.keys(of: endpoint, model: "ok").next(without: [], now: 3) == 1)
    }

    @Test func `the troubles of one model, and of lists, keep nobody from another`() {
        let desk = EndpointDesk()
        let endpoint = ModelEndpoint(name: "p", module: "m", preset: "m", base: "http://h")
        for model in ["bad", nil] {
            for _ in 0..<5 {
                guard
                    case .entered(let pass) = desk.enter(
                        endpoint, model: model, now: 1, whenTried: {})
                else { continue }
                desk.failed(pass, key: 0, ChatFailure(.server, "down"), now: 1)
            }
        }
        guard case .kept(let failure, _) = desk.enter(endpoint, model: "bad", now: 2, whenTried: {})
        else {
            Issue.record("it was let in")
            return
        }
        #expect(!failure.message.contains { $0.isNumber })
        guard case .entered = desk.enter(endpoint, model: "good", now: 2, whenTried: {}) else {
            Issue.record("it was kept out")
            return
        }
    }
}
