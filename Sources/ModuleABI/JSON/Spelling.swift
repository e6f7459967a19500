/// Finds what somebody may have meant by a misspelt name.
package enum Spelling {
    /// Longer names are not compared: the work grows with the square of the length.
    private static let comparedCharactersMax = 64

    /// `; did you mean "name"?`, or nothing if no candidate is close.
    package static func hint(for name: String, among candidates: [String]) -> String {
        closest(to: name, among: candidates).map { "; did you mean \"\($0)\"?" } ?? ""
    }

    /// The candidate that the fewest edits turn into `name`, if these are few for its length.
    package static func closest(to name: String, among candidates: [String]) -> String? {
        let typed = Array(name.lowercased())
        guard !typed.isEmpty, typed.count <= comparedCharactersMax else { return nil }
        var best: (candidate: String, distance: Int)?
        for candidate in candidates where candidate.count <= comparedCharactersMax {
            let distance = editDistance(typed, Array(candidate.lowercased()))
            guard distance <= max(1, min(typed.count, candidate.count) / 3) else { continue }
            if best.map({ distance < $0.distance }) ?? true { best = (candidate, distance) }
        }
        return best?.candidate
    }

    /// Insertions, deletions, replacements and swaps of neighbours (optimal string alignment).
    private static func editDistance(_ left: [Character], _ right: [Character]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for row in 0..<left.count {
            var current = [row + 1]
            for column in 0..<right.count {
                var distance = min(
                    last[column] + (left[row] == right[column] ? 0 : 1),
                    last[column + 1] + 1, current[column] + 1)
                let swapped =
                    row > 0 && column > 0 && left[row] == right[column - 1]
                    && left[row - 1] == right[column]
                if swapped { distance = min(distance, beforeLast[column - 1] + 1) }
                current.append(distance)
            }
            (beforeLast, last) = (last, current)
        }
        return last[right.count]
    }
}
