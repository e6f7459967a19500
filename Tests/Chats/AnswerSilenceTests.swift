import Testing

@testable import KernelChats

/// What is said of a model that says nothing.
struct AnswerSilenceTests {
    private static let second: UInt64 = 1_000_000_000

    private static func sentence(_ silence: AnswerSilence, at seconds: UInt64) -> String? {
        silence.notice(now: seconds * second)?.sentence
    }

    @Test func `a while is passed in silence, then each second is told`() {
        var silence = AnswerSilence()
        #expect(silence.dueNanoseconds(now: 0) == nil)
        silence.asked("here/m", now: 10 * Self.second)
        #expect(silence.dueNanoseconds(now: 10 * Self.second) == 15 * Self.second)
        #expect(Self.sentence(silence, at: 14) == nil)
        #expect(Self.sentence(silence, at: 15) == "here/m is working on it, 5 s")
        #expect(silence.dueNanoseconds(now: 15 * Self.second + 7) == 16 * Self.second)
    }

    @Test func `thoughts are told as such, and text begins the count anew`() {
        var silence = AnswerSilence()
        silence.asked("m", now: 0)
        silence.heard(isThinking: true, now: 4 * Self.second)
        #expect(Self.sentence(silence, at: 9) == "m is thinking, 9 s")
        silence.heard(isThinking: false, now: 10 * Self.second)
        #expect(Self.sentence(silence, at: 14) == nil)
        #expect(Self.sentence(silence, at: 30) == "m is still at it, nothing new for 20 s")
    }

    @Test func `nothing is told of a model that nobody asks any more`() {
        var silence = AnswerSilence()
        silence.asked("m", now: 0)
        silence.end()
        silence.heard(isThinking: true, now: 1)
        #expect(silence.dueNanoseconds(now: 9 * Self.second) == nil)
        #expect(silence.notice(now: 9 * Self.second) == nil)
    }
}
