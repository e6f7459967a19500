import KernelMarkdown
import KernelTerminal

/// Splitmix64: the same numbers on every run.
struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

enum Sample {
    static func look(
        _ columns: Int = 80, isStyled: Bool = true, opensLinks: Bool = false
    ) -> MarkdownLook {
        MarkdownLook(columns: columns, isStyled: isStyled, opensLinks: opensLinks)
    }

    /// The lines of a text without their styles.
    static func texts(_ text: String, _ look: MarkdownLook = look()) -> [String] {
        MarkdownStream.lines(text, look).map(\.text)
    }

    static let all = [prose, lists, tables, code, odd]

    static let prose = """
        # A heading with *emphasis*

        Some **bold text that goes on
        in the next line**, some `code`, a [link](https://example.org/a?b=c) and ~~nothing~~.
        A line with a hard break\\
        and 日本語の文章はどこででも折り返すことができます。それで正しいのです。

        Setext
        ======

        > A quote
        > with **two** lines

        ***

        Maths stay: $a_1 * b_2$ and \\(x^2_i\\), a price of $5 and one of $7_0.

        $$
        \\sum_{i=1}^n *i*
        $$

        [1]: https://example.org/defined
        The end [1].
        """

    static let lists = """
        Things:
        - one
        - two with a longer text that has to be broken somewhere, since it is longer than a line
          and goes on here

          with a second paragraph
            - nested
            - again

              ```swift
              let x = 1
              ```
        - three

        1. first
        2. second

        3. third
           > quoted in a list
        10. tenth
        * other

        - [ ] open
        - [x] done **well**
        + new list
        1) paren
        -
        - after an empty one
        """

    static let tables = """
        Before
        | Name | What it is | Count |
        |:-----|:----------:|------:|
        | a | short | 1 |
        | bcd | a **much** longer text that needs more room than there is in a narrow window | 20 |
        | 日本 | `x \\| y` | 300 |
        After | it

        | only | a head |
        |---|---|

        | x |
        |---|
        | ragged | more |
        ||
        """

    static let code = """
        Look:
        ```swift
        /* a comment
           that goes on */ func hello(_ name: String) -> Int { // really
            let text = \"\"\"
                not a keyword: func
                \"\"\"
        \treturn 42
        }
        ```
        ~~~
        ```
        not closed by that
        ~~~
            indented code
            goes on

        ````md
        ```
        ````
        ```diff
        +added
        -removed
        ```python
        still the difference
        ```
        <div class="x">
        *as it is*
        </div>

        Then ``a ` b`` and <b>html</b> and a<br>break.

        ```json
        {"a": [1, true]}
        """

    static let odd = """
        1. a
           - b
        \t- c

           d
        # x
        ## y ##
        foo
        ---
        bar
        ***bold italic*** and **bold *both* rest** **open
        [not a link] [half](http://x
        \\*escaped\\* &amp; &copy; &#35;
        ![picture](http://example.org/p.png "title") <https://auto.example.org>
        www.example.org/path, a@example.org
        |no|table|
        |--|
        > - quoted list
        >   more
        lazy
        >> deeper
        """
}
