import KernelStore
import Testing

struct TaskIDTests {
    @Test func `an id is the same as text and as a number`() throws {
        let id = TaskID.make()
        #expect(TaskID(id.description) == id)
        #expect(TaskID(id.description.uppercased()) == id)
        #expect(id.description.count == 12)
        #expect(TaskID(number: 0).description == "t00000000000")
        #expect(TaskID(number: (1 << 55) - 1).description == "tzzzzzzzzzzz")
    }

    @Test func `ids sort by time, as text too`() {
        let ids = (0..<5_000).map { _ in TaskID.make() }
        #expect(ids == ids.sorted())
        #expect(ids.map(\.description) == ids.map(\.description).sorted())
        #expect(Set(ids).count == ids.count)
    }

    @Test func `a clock that goes back makes no smaller id`() {
        let later = TaskID.make(at: Moment.now.adding(milliseconds: 1_000))
        #expect(TaskID.make(at: .now) > later)
    }

    @Test func `a prefix stands for every id that begins with it`() throws {
        let id = TaskID.make()
        for length in 1...12 {
            let range = try #require(TaskID.range(ofPrefix: String(id.description.prefix(length))))
            #expect(range.contains(id))
        }
        let other = TaskID(number: id.number ^ (1 << 54))
        let range = try #require(TaskID.range(ofPrefix: String(id.description.prefix(2))))
        #expect(!range.contains(other))
    }

    @Test(arguments: ["", "x", "0123", "t!", "tu", "t000000000000", "t 1", "ß"])
    func `what cannot be an id is none`(text: String) {
        #expect(TaskID(text) == nil)
        #expect(TaskID.range(ofPrefix: text) == nil)
    }

    @Test func `digits that look alike are the same`() throws {
        #expect(TaskID.range(ofPrefix: "tO") == TaskID.range(ofPrefix: "t0"))
        #expect(TaskID.range(ofPrefix: "tIl") == TaskID.range(ofPrefix: "t11"))
    }
}
