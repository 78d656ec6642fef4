/** Every value of an option that may be repeated: `--reload-dir src --reload-dir=lib`. */
export const valuesOf = (words: readonly string[], option: string): string[] =>
  words.flatMap((word, index) => {
    if (word.startsWith(`${option}=`)) return [word.slice(option.length + 1)];
    const value = words[index + 1];
    return word === option && value !== undefined ? [value] : [];
  });
