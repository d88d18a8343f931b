extension RepositoryPlan {
    /// Another repository that every build needs.
    package struct Submodule: Sendable {
        /// Its folder in the tree.
        package var name: String
        package var url: String
        package var commit: String
    }

    /// The tree's `build`, its test `program` that a good build leaves, and what both read.
    private static func build(_ builds: Bool, _ submodule: Submodule?) -> String {
        """
        [ -z "$TRIAL_LEDGER" ] || echo "build $LUMON_BISECT_COMMIT" >> "$TRIAL_LEDGER"
        \(submodule.map { "[ -s \($0.name)/header ] || exit 1" } ?? "")
        \(builds ? "echo '. ./subject' > program" : "echo 'subject: undefined reference' >&2; exit 1")

        """
    }

    /// The test: fails at the planted rate, and alike for the same seed, commit and run. Hashed by H2, two rounds of Chris Wellons' lowbias32.
    private var subject: String {
        func threshold(_ rate: Double) -> UInt64 { UInt64((rate * 0x1p32).rounded()) }
        return """
            commit=${LUMON_BISECT_COMMIT:-$(git rev-parse HEAD)}
            run=$LUMON_BISECT_RUN
            if [ -z "$run" ]; then
                run=0
                [ ! -s "$TRIAL_COUNTER" ] || read -r run < "$TRIAL_COUNTER"
                run=$((run + 1))
                echo $run > "$TRIAL_COUNTER"
            fi
            [ -z "$TRIAL_LEDGER" ] || echo "run $commit $run" >> "$TRIAL_LEDGER"
            read -r format < data/format
            if [ "$format" != 2 ]; then
                [ -z "$TRIAL_LEDGER" ] || echo "unjudged $commit $run" >> "$TRIAL_LEDGER"
                exit 125
            fi
            read -r rule < data/rule
            case $rule in
            strict) limit=\(threshold(shape.goodRate)) ;;
            *) limit=\(threshold(shape.rate)) ;;
            esac
            x=$((0x${commit%"${commit#????????}"} ^ \(seed & 0xFFFF_FFFF)))
            for salt in 0 $run; do
                x=$(((x ^ salt) & 0xffffffff))
                x=$((((x ^ x >> 16) * 0x7feb352d) & 0xffffffff))
                x=$((((x ^ x >> 15) * 0x846ca68b) & 0xffffffff))
                x=$((x ^ x >> 16))
            done
            [ $x -ge $limit ]

            """
    }

    /// What `git fast-import` makes the repository of, with all commits on `refs/heads/main`; commit `i` has mark `i + 1`.
    ///
    /// - Parameters:
    ///   - submodule: what every build needs besides.
    ///   - files: further files of all commits, by their names.
    /// - Returns: the stream.
    package func importStream(submodule: Submodule? = nil, files: [String: String] = [:]) -> String {
        var stream = "feature done\n"
        for (index, commit) in commits.enumerated() {
            let who =
                "\(Self.names[index % Self.names.count])@example.org> \(1_700_000_000 + index * 600) +0000"
            let message = "\(index == culprit ? "Loosen" : "Edit") \(index)\n"
            stream += "commit refs/heads/main\nmark :\(index + 1)\nauthor \(who)\ncommitter \(who)\n"
            stream += "data \(message.utf8.count)\n\(message)"
            for (place, parent) in commit.parents.enumerated() {
                stream += "\(place == 0 ? "from" : "merge") :\(parent + 1)\n"
            }
            let before = commit.parents.first.map { commits[$0] }
            func file(_ name: String, _ content: String) {
                stream += "M 100644 inline \(name)\ndata \(content.utf8.count)\n\(content)\n"
            }
            if before == nil {
                file(".gitignore", "program\n")
                file("subject", subject)
                // Order: sorted.
                for (name, content) in files.sorted(by: { $0.key < $1.key }) { file(name, content) }
                if let submodule {
                    let (name, url) = (submodule.name, submodule.url)
                    file(".gitmodules", "[submodule \"\(name)\"]\n\tpath = \(name)\n\turl = \"\(url)\"\n")
                    stream += "M 160000 \(submodule.commit) \(name)\n"
                }
            }
            if before?.builds != commit.builds { file("build", Self.build(commit.builds, submodule)) }
            if before?.isReadable != commit.isReadable {
                file("data/format", commit.isReadable ? "2\n" : "1\n")
            }
            if before?.isFaulty != commit.isFaulty {
                file("data/rule", commit.isFaulty ? "loose\n" : "strict\n")
            }
            for (slot, content) in commit.files.enumerated() {
                let old = before?.files[slot]
                if let old, old.name != content.name { stream += "D \(old.name)\n" }
                if old != content { file(content.name, "written by \(content.writer)\n") }
            }
        }
        return stream + "done\n"
    }

    private static let names = ["Ada <ada", "Björn <bjorn", "Chloé <chloe", "Dmitri \"D\" <dmitri"]
}
