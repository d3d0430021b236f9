//! Which Python code is run inside the script that captures charts, and how (toolbox-processes.md §3.3).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Runs a program and prints an artifact line for each figure it shows.
const SCRIPT: &str = include_str!("capture.py");

/// Stands in the script for the program, as base64.
const PLACE_OF_CODE: &str = "{code}";

const STATEMENTS: &[&str] = &["import matplotlib", "from matplotlib"];

/// What is followed by the quoted name of a module.
const CALLS: &[&str] = &["__import__(", "importlib.import_module(", "loader.load_module(", "sys.modules["];

/// The program that runs `code` and captures its charts; `None` when the code has nothing to do with matplotlib and runs
/// as it is.
pub(super) fn around(code: &str) -> Option<String> {
    code.lines().any(uses_matplotlib).then(|| SCRIPT.replacen(PLACE_OF_CODE, &STANDARD.encode(code), 1))
}

/// Looks at the text alone, as real servers do: a mention inside a text literal counts, one in a comment does not.
fn uses_matplotlib(line: &str) -> bool {
    let statement = line.split_once('#').map_or(line, |(statement, _)| statement);
    STATEMENTS.iter().any(|words| statement.contains(words))
        || CALLS.iter().any(|call| statement.split(call).skip(1).any(begins_with_the_name))
}

fn begins_with_the_name(arguments: &str) -> bool {
    let arguments = arguments.trim_start();
    arguments.strip_prefix(['"', '\'']).is_some_and(|name| name.starts_with("matplotlib"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_that_loads_matplotlib_is_wrapped() {
        for code in [
            "import matplotlib",
            "import matplotlib.pyplot as plt\nplt.show()",
            "x = 1\n    from matplotlib import pyplot",
            "import numpy; import matplotlib.pyplot # draws",
            "__import__('matplotlib.pyplot')",
            "plt = importlib.import_module( \"matplotlib.pyplot\")",
            "loader.load_module('matplotlib')",
            "if sys.modules[\"matplotlib\"]: pass",
            "a = sys.modules['os'], sys.modules['matplotlib']",
        ] {
            assert!(around(code).is_some(), "{code}");
        }
    }

    #[test]
    fn other_code_runs_as_it_is() {
        for code in [
            "",
            "print('matplotlib')",
            "# import matplotlib",
            "x = 1 # from matplotlib import pyplot",
            "__import__(matplotlib)",
            "importlib.import_module('numpy', 'matplotlib')",
            "import numpy as np",
        ] {
            assert!(around(code).is_none(), "{code}");
        }
    }

    #[test]
    fn the_program_stands_in_one_place_of_the_script() {
        assert_eq!(SCRIPT.matches(PLACE_OF_CODE).count(), 1);
        let program = around("import matplotlib # {code}").unwrap_or_default();
        assert!(program.contains("b64decode(\"aW1wb3J0IG1hdHBsb3RsaWIgIyB7Y29kZX0=\")"));
    }
}
