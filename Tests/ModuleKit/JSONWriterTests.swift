import Testing

@testable import ModuleJSON

struct JSONWriterTests {
    @Test func `what must be escaped is escaped, and nothing else`() {
        let text = "\"\\/\u{8}\u{c}\n\r\t\0\u{1f}\u{7f}ä😀"
        #expect(JSON.string(text).text == #""\"\\/\b\f\n\r\t\u0000\u001f"# + "\u{7f}ä😀\"")
    }

    @Test func `a number that JSON cannot say becomes null`() {
        #expect(
            JSON.array([.number(.nan), .number(.infinity), .number(-.infinity)]).text
                == "[null,null,null]")
    }

    @Test(arguments: [
        0.1, 1, -0.0, 1e16, 1e-7, .leastNonzeroMagnitude, .greatestFiniteMagnitude, .pi, 1 / 3,
        9_007_199_254_740_992,
        123_456_789.123_456_789, .leastNormalMagnitude.nextDown,
    ])
    func `a number is read back exactly, and as a number`(value: Double) throws {
        let read = try JSON(parsing: JSON.number(value).text)
        guard case .number(let number) = read else {
            Issue.record("\(value) was read back as \(read)")
            return
        }
        #expect(number.bitPattern == value.bitPattern)
    }

    @Test func `random numbers of every size are read back exactly`() throws {
        var random = SeededRandom(seed: 7)
        for _ in 0..<20_000 {
            let value = Double(bitPattern: random.next())
            guard value.isFinite else { continue }
            #expect(try JSON(parsing: JSON.number(value).text) == .number(value))
        }
    }

    @Test func `short decimal texts are read as the standard library reads them`() throws {
        var random = SeededRandom(seed: 8)
        for _ in 0..<20_000 {
            let whole = Int64.random(in: 0...99_999_999_999_999_999, using: &random)
            let fraction = UInt16.random(in: 0...9999, using: &random)
            let text = "\(whole).\(fraction)e\(Int.random(in: -30...30, using: &random))"
            #expect(try JSON(parsing: text).number == Double(text))
        }
    }

    @Test func `pretty text is indented and means the same`() throws {
        let value: JSON = ["a": [1, ["b": nil]], "empty": [[], [:]], "c": "x"]
        let expected = """
            {
              "a": [
                1,
                {
                  "b": null
                }
              ],
              "empty": [
                [],
                {}
              ],
              "c": "x"
            }
            """
        #expect(value.pretty() == expected)
        #expect(try JSON(parsing: expected) == value)
    }

    @Test func `objects are equal in whatever order`() {
        let left: JSON = ["a": 1, "b": [2]]
        let right: JSON = ["b": [2], "a": 1]
        #expect(left == right && left.hashValue == right.hashValue)
        #expect(left != ["a": 1, "b": [3]])
        #expect(left != ["a": 1])
    }
}
