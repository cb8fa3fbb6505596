//! What the parser sees in a command, at any depth.

use super::*;

fn lines(text: &str) -> Vec<String> {
    parse(text).invocations.iter().filter(|i| !i.transparent).map(Invocation::line).collect()
}

#[test]
fn a_command_is_seen_through_every_wrapper_and_disguise() {
    let cases = [
        "rm -rf /",
        "sudo -u root rm -rf /",
        "sh -c 'rm -rf /'",
        "bash -lc \"sudo rm -rf /\"",
        "bash --norc -xec 'rm -rf /'",
        "env -i A=1 nohup timeout -k 1 5 nice -n 3 rm -rf /",
        "env -S 'rm -rf /'",
        "time command \\rm -rf /",
        "exec /bin/rm -rf /",
        "busybox rm -rf /",
        "r\"\"m -r'f' /",
        "$'\\x72m' -rf /",
        "rm${IFS}-rf${IFS}/",
        "{rm,-rf,/}",
        "X=rm; $X -rf /",
        "X='rm -rf /'; $X",
        "X='rm -rf /'; eval \"$X\"",
        "for d in /; do rm -rf $d; done",
        "if true; then rm -rf /; fi",
        "f() { rm -rf /; }; f",
        "( rm -rf / )",
        "x=$(rm -rf /)",
        "echo `rm -rf /`",
        "cat <(rm -rf /)",
        "bash <<< 'rm -rf /'",
        "bash <<EOF\nrm -rf /\nEOF",
        "cat <<'EOF' | sh\nrm -rf /\nEOF",
        "echo 'rm -rf /' | sudo bash",
        "printf '%s' 'rm -rf /' | sh",
        "echo cm0gLXJmIC8= | base64 -d | sh",
        "bash -c \"$(echo cm0gLXJmIC8= | base64 -d)\"",
        "echo 726d202d7266202f | xxd -r -p | bash",
        "echo '/ fr- mr' | rev | sh",
        "$(echo rm) -rf /",
        "echo / | xargs rm -rf",
        "find . -exec rm -rf / \\;",
        "ssh host 'rm -rf /'",
        "ssh -p 22 -i k host rm -rf /",
        "docker exec -it web rm -rf /",
        "docker run --rm -v /:/x alpine sh -c 'rm -rf /'",
        "kubectl exec -it pod -- rm -rf /",
        "su -c 'rm -rf /'",
        "python -c \"import os; os.system('rm -rf /')\"",
        "python3 -c \"import subprocess; subprocess.run(['rm','-rf','/'])\"",
        "perl -e 'system(\"rm -rf /\")'",
        "ruby -e '`rm -rf /`'",
        "node -e \"require('child_process').execSync('rm -rf /')\"",
        "awk 'BEGIN{system(\"rm -rf /\")}'",
        "alias ls='rm -rf /'; ls",
        "trap 'rm -rf /' EXIT",
        "git -c alias.x='!rm -rf /' x",
        "git submodule foreach 'rm -rf /'",
        "watch -n 1 rm -rf /",
        "vim -c ':!rm -rf /'",
        "tmux new-session -d 'rm -rf /'",
        "echo \"unbalanced; rm -rf /",
        "sh -c \"sh -c 'sh -c \\\"rm -rf /\\\"'\"",
        "true && false || rm -rf / &",
        "case x in x) rm -rf /;; esac",
        "while read x; do rm -rf /; done < f",
    ];
    for case in cases {
        assert!(lines(case).iter().any(|l| l == "rm -rf /"), "{case}: {:#?}", lines(case));
    }
}

#[test]
fn what_is_only_text_is_no_command() {
    for case in [
        "echo 'rm -rf /'",
        "git commit -m 'rm -rf /'",
        "grep -r \"rm -rf /\" src",
        "# rm -rf /",
        "cat <<EOF\nrm -rf /\nEOF",
    ] {
        let script = parse(case);
        assert!(!script.invocations.iter().any(|i| i.program == "rm"), "{case}");
        assert!(script.unreadable.is_empty(), "{case}: {:?}", script.unreadable);
    }
}

#[test]
fn pipes_spans_and_wrappers_are_kept() {
    let script = parse("cat a | sudo tee b > c");
    let [cat, tee] = script.invocations.as_slice() else { panic!("{script:#?}") };
    assert_eq!((cat.piped_to, tee.piped_from), (Some(1), Some(0)));
    assert_eq!(tee.wrappers, ["sudo"]);
    assert_eq!(tee.redirects.len(), 1);
    assert_eq!(&"cat a | sudo tee b > c"[cat.span.0..cat.span.1], "cat a");
}

#[test]
fn what_cannot_be_read_is_named() {
    for case in ["echo \"a", "if true; then", "foo ) bar", "a\0b", &"(".repeat(5000)] {
        assert!(!parse(case).unreadable.is_empty(), "{}", case.len());
    }
    assert!(!parse(&"a".repeat(LONGEST + 1)).unreadable.is_empty());
}

#[test]
fn ordinary_commands_are_readable() {
    let cases = [
        "git commit -m \"it's done\"",
        "for i in {1..3}; do echo $i; done",
        "kubectl get pods -o jsonpath='{.items[*].metadata.name}'",
        "[[ $a =~ ^x$ ]] && echo yes",
        "echo $((1 + 2))",
        "cat > a.txt <<'EOF'\nhello $x\nEOF",
        "FOO=1 BAR=\"$x\" make -j$(nproc) all 2>&1 | tee log.txt",
        "find . -name '*.rs' -not -path './target/*' | xargs wc -l | sort -n",
        "awk '{print $1}' file | sort | uniq -c",
        "curl -s https://x/y?a=b | jq '.items[] | {a: .b}'",
        "docker run --rm -v \"$PWD\":/app -w /app node:20 npm test",
        "cd a && ls -la; cd - >/dev/null",
        "git log --pretty=format:'%h %s' HEAD~3..HEAD",
        "test -f x || { echo no; exit 1; }",
        "while read -r l; do echo \"$l\"; done < file",
        "sed -i.bak -e 's/a/b/g' file",
        "printf '%s\\n' \"${arr[@]}\"",
        "export A=1 B=2",
        "a=(1 2 3); echo ${a[0]}",
        "ls *.{rs,toml}",
        "time cargo build --release",
        "diff <(sort a) <(sort b)",
    ];
    for case in cases {
        assert!(parse(case).unreadable.is_empty(), "{case}: {:?}", parse(case).unreadable);
    }
}

#[test]
fn a_here_document_does_not_swallow_the_line_before() {
    let text = "echo hi | sh\nbash <<'EOF'\nrm -rf x\nEOF\n";
    assert_eq!(lines(text), ["echo hi", "hi", "rm -rf x"]);
}
