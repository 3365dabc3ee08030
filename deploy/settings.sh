# Reads one variable out of a file of settings, as systemd's EnvironmentFile does: the last line counts, and a value may
# stand in single or double quotes. To be sourced.
#   setting NAME FILE   prints the value, or nothing
setting() {
  local value
  [[ -r "$2" ]] || return 0
  value="$(sed -n "s/^[[:space:]]*$1=//p" "$2" | tail -n 1 | sed 's/^[[:space:]]*//; s/[[:space:]]*$//')"
  case "$value" in
    \"*\") value="$(sed 's/^"//; s/"$//; s/\\\([\\"$`]\)/\1/g' <<<"$value")" ;;
    \'*\') value="${value:1:${#value}-2}" ;;
  esac
  printf '%s' "$value"
}
