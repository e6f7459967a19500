import KernelWire
import Testing

@testable import KernelClient

struct RunningCallsTests {
    @Test func `a call whose end is being shown counts, and is not cancelled`() {
        var calls = RunningCalls()
        let (first, second) = (RequestID(1), RequestID(2))
        calls.begin(first, task: "art.ping", atNanoseconds: 0)
        calls.begin(second, task: "fs.list", atNanoseconds: 0)
        let ending = calls.beginEnd(first)
        #expect(ending?.task == "art.ping")
        let plan = calls.cancelAll()
        #expect(plan.newTasks == ["fs.list"])
        calls.end(second)
        #expect(!calls.isEmpty)
        let nothing = calls.cancelAll()
        #expect(nothing.isEmpty)
        calls.end(first)
        #expect(calls.isEmpty)
    }

    @Test func `who is cancelled before it has a number is cancelled when it gets one`() {
        var calls = RunningCalls()
        calls.begin(RequestID(1), task: "art.ping", atNanoseconds: 0)
        let plans = [calls.cancelAll(), calls.cancelAll()]
        #expect(plans.map(\.newTasks) == [["art.ping"], []])
        #expect(plans.map(\.oldTasks) == [[], ["art.ping"]])
        let isUnwanted = [
            calls.started(RequestID(1), number: 7), calls.started(RequestID(1), number: 7),
        ]
        #expect(isUnwanted == [true, false])
    }
}
