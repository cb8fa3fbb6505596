/** What the server found about each file of the request that is shown. */
import { createContext } from "react";
import type { ApprovalView } from "../api/types";

export type FileMarkList = NonNullable<ApprovalView["file_marks"]>;

export const NO_MARKS: FileMarkList = [];
export const FileMarks = createContext<FileMarkList>(NO_MARKS);
